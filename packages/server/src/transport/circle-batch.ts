import type { Libc } from "./libc.ts";
import { headerBytes, headerOffsets, nameSlotBytes, vectorBytes } from "./message-batch.ts";
import type { Remote } from "./remote.ts";

/** The longest datagram that a circle takes; text has 1000 bytes. */
export const maxCircleBytes = 1400;

/**
 * Memory for `sendmmsg` of the same bytes to the same remotes: a header and an address for each, made once, and one
 * vector for all. To put each one into a batch was 0.5 of 7 µs a delivery in a room of 1,000, half of it waiting for what
 * the processor's cache had lost (docs/performance.md). Takes 96 bytes a remote.
 */
export class CircleBatch {
  /** The calls get pointers into it, so it lives as long as the batch. */
  readonly #memory: Buffer;
  readonly #address: bigint;
  readonly #vectorAt: number;
  readonly #dataAt: number;

  constructor(libc: Libc, remotes: readonly Remote[], isV6: boolean) {
    const namesAt = remotes.length * headerBytes;
    this.#vectorAt = namesAt + remotes.length * nameSlotBytes;
    this.#dataAt = this.#vectorAt + vectorBytes;
    const memory = Buffer.allocUnsafeSlow(this.#dataAt + maxCircleBytes).fill(0, 0, this.#dataAt);
    this.#memory = memory;
    this.#address = libc.addressOf(memory);
    const pointTo = (target: number, at: number) =>
      void memory.writeBigUInt64LE(this.#address + BigInt(target), at);
    pointTo(this.#dataAt, this.#vectorAt);
    for (const [index, remote] of remotes.entries()) {
      const header = index * headerBytes;
      const name = namesAt + index * nameSlotBytes;
      memory.writeUInt16LE(isV6 ? 10 : 2, name);
      memory.set(remote.nameFor(isV6), name + 2);
      pointTo(name, header + headerOffsets.name);
      memory.writeUInt32LE(isV6 ? 28 : 16, header + headerOffsets.nameLength);
      pointTo(this.#vectorAt, header + headerOffsets.vector);
      memory.writeUInt32LE(1, header + headerOffsets.vectorCount);
    }
  }

  /** Puts in what all are sent. @param datagram at most `maxCircleBytes`. */
  put(datagram: Uint8Array): void {
    this.#memory.set(datagram, this.#dataAt);
    this.#memory.writeUInt32LE(datagram.length, this.#vectorAt + 8);
  }

  /** Where the header of a remote is. */
  header(index: number): bigint {
    return this.#address + BigInt(index * headerBytes);
  }
}
