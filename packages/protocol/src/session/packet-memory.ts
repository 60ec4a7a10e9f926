/** What leaves in one turn mostly fits. */
const KEPT_BYTES = 1 << 20;
/** Less is not worth the call. */
const RELEASED_BYTES = 8 << 10;

/**
 * Memory for packets whose owner copies or sends them before he takes the next ones: used again instead of collected. V8
 * collects the whole heap for every 64 MB of buffers, which was a quarter of the time of a transfer.
 */
export class PacketMemory {
  // Made when the first packet leaves.
  #kept: Uint8Array | undefined;
  #used = 0;

  /** Memory that is good until `reset`; beyond 1 MiB it is nobody's but the caller's. */
  take(bytes: number): Uint8Array {
    if (this.#used + bytes > KEPT_BYTES) return new Uint8Array(bytes);
    this.#kept ??= new Uint8Array(KEPT_BYTES);
    const start = this.#used;
    this.#used += bytes;
    return this.#kept.subarray(start, start + bytes);
  }

  /** All packets so far are gone. */
  reset(): void {
    this.#used = 0;
  }
}

/**
 * Gives large memory back at once, which V8 would collect its whole heap for; what shares a buffer with others is left
 * alone. @param bytes nobody looks at them any more
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  const isOwn = byteLength >= RELEASED_BYTES && 2 * byteLength > buffer.byteLength;
  if (isOwn && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Releases the whole buffer of bytes that are its end: those before them were let go of first. */
export function releaseAtEnd({ buffer, byteOffset, byteLength }: Uint8Array): void {
  const isLarge = buffer.byteLength >= RELEASED_BYTES;
  if (isLarge && byteOffset + byteLength === buffer.byteLength && buffer instanceof ArrayBuffer)
    buffer.transfer(0);
}
