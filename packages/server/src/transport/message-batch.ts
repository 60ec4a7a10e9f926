import type { Libc } from "./libc.ts";
import type { Datagram } from "./udp-socket.ts";

/** Datagrams in one system call. */
export const batchSize = 64;
/** The longest datagram that a batch holds, and a session sends (`LARGEST_DATAGRAM_BYTES`). */
export const maxBatchedBytes = 65_000;
// Not a power of two: the beginnings of all datagrams would fall into the same few lines of the processor's cache.
const slotBytes = maxBatchedBytes + 856;

// struct mmsghdr, iovec and sockaddr_in6 of a 64-bit Linux (recvmmsg(2), readv(2), ipv6(7)).
const headerBytes = 64;
const vectorBytes = 16;
const nameBytes = 28;
const nameSlotBytes = 32;
const offsets = { name: 0, nameLength: 8, vector: 16, vectorCount: 24, received: 56 } as const;

/** Memory for `recvmmsg` and `sendmmsg`, laid out once: headers, vectors, names, datagrams. */
export class MessageBatch {
  /** Everything; the calls get pointers into it, so it lives as long as the batch. */
  readonly memory: Buffer;
  /** Where the header of each message is. */
  readonly headers: readonly bigint[];
  readonly #words: Uint32Array;

  constructor(libc: Libc, isV6: boolean) {
    const total = batchSize * (headerBytes + vectorBytes + nameSlotBytes + slotBytes);
    // The datagrams' own memory is left alone: a page of it becomes real with the first datagram that needs it.
    this.memory = Buffer.allocUnsafeSlow(total).fill(0, 0, dataAt(0));
    this.#words = new Uint32Array(this.memory.buffer, this.memory.byteOffset, total / 4);
    const base = libc.addressOf(this.memory);
    this.headers = Array.from({ length: batchSize }, (_, index) => base + BigInt(index * headerBytes));
    const pointTo = (at: number, target: number) => this.memory.writeBigUInt64LE(base + BigInt(target), at);
    for (let index = 0; index < batchSize; index++) {
      const header = index * headerBytes;
      const vector = batchSize * headerBytes + index * vectorBytes;
      pointTo(header + offsets.name, nameAt(index));
      this.memory.writeUInt32LE(isV6 ? nameBytes : 16, header + offsets.nameLength);
      pointTo(header + offsets.vector, vector);
      this.memory.writeUInt32LE(1, header + offsets.vectorCount);
      pointTo(vector, dataAt(index));
      this.memory.writeUInt32LE(maxBatchedBytes, vector + 8);
      this.memory.writeUInt16LE(isV6 ? 10 : 2, nameAt(index));
    }
  }

  /** The datagram that was received; good until the next call. */
  received(index: number): Buffer {
    const length = this.#words[(index * headerBytes + offsets.received) / 4]!;
    const at = dataAt(index);
    return this.memory.subarray(at, at + length);
  }

  /** Where the bytes of a message's address begin: two of the family, then the name. */
  nameAt(index: number): number {
    return nameAt(index);
  }

  /** A message's IPv4 address and port in one number, good as a key. */
  v4Key(index: number): number {
    const word = nameAt(index) / 4;
    return this.#words[word + 1]! * 65_536 + (this.#words[word]! >>> 16);
  }

  /** Puts a datagram in. @param datagram at most `maxBatchedBytes` once it is encoded. */
  put(index: number, datagram: Datagram, name: Uint8Array): void {
    const at = dataAt(index);
    let { length } = datagram;
    if (typeof datagram === "string") length = this.memory.write(datagram, at);
    else this.memory.set(datagram, at);
    this.memory.set(name, nameAt(index) + 2);
    this.#words[(batchSize * headerBytes + index * vectorBytes + 8) / 4] = length;
  }

  /** A datagram that was put in. */
  waiting(index: number): Buffer {
    const length = this.#words[(batchSize * headerBytes + index * vectorBytes + 8) / 4]!;
    return this.memory.subarray(dataAt(index), dataAt(index) + length);
  }
}

const nameAt = (index: number) => batchSize * (headerBytes + vectorBytes) + index * nameSlotBytes;
const dataAt = (index: number) => batchSize * (headerBytes + vectorBytes + nameSlotBytes) + index * slotBytes;
