import type { Libc } from "./libc.ts";
import type { Remote } from "./remote.ts";
import type { Datagram } from "./udp-socket.ts";

/** Datagrams in one system call. */
export const batchSize = 64;
/** The longest datagram that a batch holds, and a session sends (`LARGEST_DATAGRAM_BYTES`). */
export const maxBatchedBytes = 65_000;
// Not a power of two: the beginnings of all datagrams would fall into the same few lines of the processor's cache.
const slotBytes = maxBatchedBytes + 856;

// struct mmsghdr, iovec and sockaddr_in6 of a 64-bit Linux (recvmmsg(2), readv(2), ipv6(7)).
export const headerBytes = 64;
export const vectorBytes = 16;
const nameBytes = 28;
export const nameSlotBytes = 32;
export const headerOffsets = {
  name: 0,
  nameLength: 8,
  vector: 16,
  vectorCount: 24,
  control: 32,
  controlLength: 40,
  received: 56,
} as const;

// A control message that tells the size of a segment (cmsg(3), udp(7)): its length, SOL_UDP, UDP_SEGMENT, the size.
const controlBytes = 24;
const controlHeaderBytes = 18;
const SOL_UDP = 17;
const UDP_SEGMENT = 103;
/** What all segments of one message have at most: an IPv4 packet's 65,535 bytes less its headers. */
const maxSegmentedBytes = 65_507;

/** Memory for `recvmmsg` and `sendmmsg`, laid out once: headers, vectors, names, control messages, datagrams. */
export class MessageBatch {
  /** Everything; the calls get pointers into it, so it lives as long as the batch. */
  readonly memory: Buffer;
  /** Where the header of each message is. */
  readonly headers: readonly bigint[];
  /** After `layOut`: where the datagrams under each header end. */
  readonly ends = new Uint8Array(batchSize);
  readonly #words: Uint32Array;
  readonly #longs: BigUint64Array;
  /** Of the memory; 48 bits at most. */
  readonly #address: number;
  /** Behind the datagram that was put in last. */
  #end = dataAt(0);
  /** The bytes that were put in last; undefined for text. */
  #last: Uint8Array | undefined;
  /** Which message each header is alone with; `joined` for several. */
  readonly #pointsAt = new Uint8Array(batchSize).fill(joined);
  readonly #names: readonly bigint[];
  readonly #vectors: readonly bigint[];
  readonly #controls: readonly bigint[];

  constructor(libc: Libc, isV6: boolean) {
    const total = dataAt(batchSize);
    // The datagrams' own memory is left alone: a page of it becomes real with the first datagram that needs it.
    this.memory = Buffer.allocUnsafeSlow(total).fill(0, 0, dataAt(0));
    this.#words = new Uint32Array(this.memory.buffer, this.memory.byteOffset, total / 4);
    this.#longs = new BigUint64Array(this.memory.buffer, this.memory.byteOffset, total / 8);
    const base = libc.addressOf(this.memory);
    this.#address = Number(base);
    const pointersTo = (at: (index: number) => number) =>
      Array.from({ length: batchSize }, (_, index) => base + BigInt(at(index)));
    this.headers = pointersTo(headerAt);
    this.#names = pointersTo(nameAt);
    this.#vectors = pointersTo(vectorAt);
    this.#controls = pointersTo(controlAt);
    const data = pointersTo(dataAt);
    for (let index = 0; index < batchSize; index++) {
      this.memory.writeUInt32LE(isV6 ? nameBytes : 16, headerAt(index) + headerOffsets.nameLength);
      this.#pointHeader(index, index, 1);
      this.memory.writeBigUInt64LE(data[index]!, vectorAt(index));
      this.memory.writeUInt32LE(maxBatchedBytes, vectorAt(index) + 8);
      this.memory.writeUInt16LE(isV6 ? 10 : 2, nameAt(index));
      this.memory.writeUInt32LE(controlHeaderBytes, controlAt(index));
      this.memory.writeUInt32LE(SOL_UDP, controlAt(index) + 8);
      this.memory.writeUInt32LE(UDP_SEGMENT, controlAt(index) + 12);
    }
  }

  /** The datagram that was received; good until the next call. */
  received(index: number): Buffer {
    const length = this.#words[(headerAt(index) + headerOffsets.received) / 4]!;
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
    // `set` takes longer than so few bytes.
    const to = nameAt(index) + 2;
    for (let byte = 0; byte < name.length; byte++) this.memory[to + byte] = name[byte]!;
    const words = this.#words;
    const vector = vectorAt(index) / 4;
    // What was said in a room goes to all as the same bytes: they are there once.
    if (datagram === this.#last && index > 0) {
      for (let word = vector; word < vector + 3; word++) words[word] = words[word - vectorBytes / 4]!;
      return;
    }
    // Each behind the one before, not in a slot of its own: small ones share lines of the processor's cache.
    const at = index === 0 ? dataAt(0) : this.#end;
    let { length } = datagram;
    if (typeof datagram === "string") {
      length = this.memory.write(datagram, at);
      this.#last = undefined;
    } else {
      this.memory.set(datagram, at);
      this.#last = datagram;
    }
    this.#end = at + length;
    const address = this.#address + at;
    words[vector] = address % wordRange;
    words[vector + 1] = address / wordRange;
    words[vector + 2] = length;
  }

  /**
   * Puts what was put in under headers. Neighbours that go to one place, all of one length and a last one that may be
   * shorter, become the segments of one message: the kernel takes it down its way once and cuts it at the end (UDP
   * segmentation offload, udp(7)).
   * @param targets where each one goes.
   * @param from the first that is not sent yet.
   * @returns headers; `ends` has the end of what is under each.
   */
  layOut(targets: readonly Remote[], from: number): number {
    let headers = 0;
    for (let first = from; first < targets.length; headers++) {
      const length = this.#lengthOf(first);
      let bytes = length;
      let end = first + 1;
      const last = targets[first]!.takesJoined ? targets.length : end;
      for (; end < last && targets[end] === targets[first]; end++) {
        const next = this.#lengthOf(end);
        bytes += next;
        if (next > length || next === 0 || bytes > maxSegmentedBytes || this.#lengthOf(end - 1) < length)
          break;
      }
      const alone = end - first === 1 ? first : joined;
      // Most headers lead where they led in the batch before.
      if (alone === joined || this.#pointsAt[headers] !== alone) {
        this.#pointHeader(headers, first, end - first);
        this.#pointsAt[headers] = alone;
      }
      this.ends[headers] = end;
      first = end;
    }
    return headers;
  }

  #pointHeader(header: number, first: number, count: number): void {
    const at = headerAt(header);
    this.#longs[(at + headerOffsets.name) / 8] = this.#names[first]!;
    this.#longs[(at + headerOffsets.vector) / 8] = this.#vectors[first]!;
    this.#words[(at + headerOffsets.vectorCount) / 4] = count;
    const isJoined = count > 1;
    this.#longs[(at + headerOffsets.control) / 8] = isJoined ? this.#controls[header]! : 0n;
    this.#words[(at + headerOffsets.controlLength) / 4] = isJoined ? controlBytes : 0;
    if (isJoined) this.memory.writeUInt16LE(this.#lengthOf(first), controlAt(header) + 16);
  }

  #lengthOf(index: number): number {
    return this.#words[(vectorAt(index) + 8) / 4]!;
  }

  /** A datagram that was put in. */
  waiting(index: number): Buffer {
    const vector = vectorAt(index) / 4;
    const at = this.#words[vector + 1]! * wordRange + this.#words[vector]! - this.#address;
    return this.memory.subarray(at, at + this.#lengthOf(index));
  }
}

const wordRange = 2 ** 32;
const joined = 255;
const headerAt = (index: number) => index * headerBytes;
const vectorAt = (index: number) => headerAt(batchSize) + index * vectorBytes;
const nameAt = (index: number) => vectorAt(batchSize) + index * nameSlotBytes;
const controlAt = (index: number) => nameAt(batchSize) + index * controlBytes;
const dataAt = (index: number) => controlAt(batchSize) + index * slotBytes;
