/** What leaves in one turn mostly fits. */
const KEPT_BYTES = 1 << 20;

/**
 * Memory for packets whose owner copies or sends them before he takes the next ones: used again instead of collected. V8
 * collects the whole heap for every 64 MB of buffers, which was a quarter of the time of a transfer.
 */
export class PacketMemory {
  // Made when the first packet leaves.
  #kept: Buffer | undefined;
  #used = 0;

  /** Memory that is good until `reset`; beyond 1 MiB it is nobody's but the caller's. */
  take(bytes: number): Buffer {
    if (this.#used + bytes > KEPT_BYTES) return Buffer.allocUnsafe(bytes);
    this.#kept ??= Buffer.allocUnsafeSlow(KEPT_BYTES);
    const start = this.#used;
    this.#used += bytes;
    return this.#kept.subarray(start, start + bytes);
  }

  /** All packets so far are gone. */
  reset(): void {
    this.#used = 0;
  }
}
