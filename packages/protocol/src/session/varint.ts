import { PalaverError } from "../errors.ts";

/** Largest value a varint may carry: beyond it a JavaScript number would be inexact. */
export const MAX_VARINT = Number.MAX_SAFE_INTEGER;

/** Bytes that `writeVarint` will use: 1, 2, 4 or 8 (RFC 9000 section 16). */
export function varintSize(value: number): 1 | 2 | 4 | 8 {
  if (value < 0x40) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x4000_0000) return 4;
  return 8;
}

/** Writes a varint at `at` and returns the next position. The caller made sure that it fits. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  const size = varintSize(value);
  if (size === 1) {
    target[at] = value;
  } else if (size === 2) {
    target[at] = 0x40 | (value >>> 8);
    target[at + 1] = value;
  } else if (size === 4) {
    writeUint32(target, at, 0x8000_0000 + value);
  } else {
    writeUint32(target, at, 0xc000_0000 + Math.floor(value / 0x1_0000_0000));
    writeUint32(target, at + 4, value % 0x1_0000_0000);
  }
  return at + size;
}

/** Writes a big-endian 32-bit number and returns the next position. */
export function writeUint32(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
  return at + 4;
}

/** Writes a big-endian 48-bit number, the size of a packet number, and returns the next position. */
export function writeUint48(target: Uint8Array, at: number, value: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  target[at] = high >>> 8;
  target[at + 1] = high;
  return writeUint32(target, at + 2, value % 0x1_0000_0000);
}

/** Reads bytes from the front of a buffer; every method throws PROTOCOL when the buffer is too short. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  uint8(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new PalaverError("PROTOCOL", "the bytes end too early");
    this.at++;
    return value;
  }

  uint16(): number {
    return this.uint8() * 0x100 + this.uint8();
  }

  uint32(): number {
    return this.uint16() * 0x1_0000 + this.uint16();
  }

  uint48(): number {
    return this.uint16() * 0x1_0000_0000 + this.uint32();
  }

  /** Reads a varint of any of its sizes; a longer form than needed is accepted, as in QUIC. */
  varint(): number {
    const first = this.uint8();
    const low = first & 0x3f;
    switch (first >>> 6) {
      case 0:
        return low;
      case 1:
        return low * 0x100 + this.uint8();
      case 2:
        return low * 0x100_0000 + this.uint8() * 0x1_0000 + this.uint16();
      default: {
        const value =
          (low * 0x100_0000 + this.uint8() * 0x1_0000 + this.uint16()) * 0x1_0000_0000 + this.uint32();
        if (value > MAX_VARINT) throw new PalaverError("PROTOCOL", "a varint is too large");
        return value;
      }
    }
  }

  /** Takes a view, not a copy, of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw new PalaverError("PROTOCOL", "the bytes end too early");
    const view = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return view;
  }
}
