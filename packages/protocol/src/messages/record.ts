import { PalaverError } from "../errors.ts";
import { varintSize, writeVarint } from "../session/varint.ts";

/** Bytes of type and body of one record. */
export const MAX_RECORD_BYTES = 64 << 10;

/** One record of a stream: `varint length | type | body`, where the length counts type and body. */
export interface WireRecord {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Encodes one record. Throws TOO_LARGE beyond 64 KiB. */
export function encodeRecord(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 1);
  if (length > MAX_RECORD_BYTES) throw new PalaverError("TOO_LARGE", "a record is larger than 64 KiB");
  const bytes = new Uint8Array(varintSize(length) + length);
  let at = writeVarint(bytes, 0, length);
  bytes[at++] = type;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bytes of a record with a body of this size. */
export function recordSize(bodyBytes: number): number {
  return varintSize(bodyBytes + 1) + bodyBytes + 1;
}

/** Writes one record and returns where it ends. The caller keeps to the bound. */
export function writeRecord(target: Uint8Array, at: number, type: number, body: Uint8Array): number {
  const bodyAt = writeVarint(target, at, body.length + 1) + 1;
  target[bodyAt - 1] = type;
  target.set(body, bodyAt);
  return bodyAt + body.length;
}

/** Cuts the bytes of one stream into records; keeps at most one unfinished record. */
export interface RecordDecoder {
  /**
   * Takes bytes in order and returns the records they complete.
   *
   * Throws TOO_LARGE for a record beyond the bound and PROTOCOL for one without a type; the stream is of no use then.
   */
  push(chunk: Uint8Array): WireRecord[];
  /** Whether the bytes so far end between two records. */
  readonly isAtBoundary: boolean;
}

const FIRST_CAPACITY = 256;

/** Creates a decoder for one direction of one stream. */
export function createRecordDecoder(maxRecordBytes = MAX_RECORD_BYTES): RecordDecoder {
  // Grows with what has really arrived: a length alone reserves nothing.
  let buffer = new Uint8Array(0);
  let used = 0;

  function append(chunk: Uint8Array): void {
    if (used + chunk.length > buffer.length) {
      const grown = new Uint8Array(Math.max(FIRST_CAPACITY, 2 * buffer.length, used + chunk.length));
      grown.set(buffer.subarray(0, used));
      buffer = grown;
    }
    buffer.set(chunk, used);
    used += chunk.length;
  }

  /** The record that starts at `at`, or nothing while it is incomplete. */
  function recordAt(bytes: Uint8Array, at: number): { record: WireRecord; end: number } | undefined {
    const head = readLength(bytes, at);
    if (!head) return undefined;
    if (head.length > maxRecordBytes) throw new PalaverError("TOO_LARGE", "a record is too large");
    if (head.length === 0) throw new PalaverError("PROTOCOL", "a record without a type");
    const end = head.next + head.length;
    if (end > bytes.length) return undefined;
    return { record: { type: bytes[head.next] as number, body: bytes.slice(head.next + 1, end) }, end };
  }

  return {
    get isAtBoundary() {
      return used === 0;
    },
    push(chunk) {
      // Nearly always whole records arrive: then nothing is copied but the bodies.
      let bytes = chunk;
      if (used > 0) {
        append(chunk);
        bytes = buffer.subarray(0, used);
      }
      const records: WireRecord[] = [];
      let at = 0;
      for (let next = recordAt(bytes, at); next; next = recordAt(bytes, at)) {
        records.push(next.record);
        at = next.end;
      }
      if (used > 0) {
        buffer.copyWithin(0, at, used);
        used -= at;
      } else if (at < bytes.length) {
        append(bytes.subarray(at));
      }
      if (used === 0) buffer = new Uint8Array(0);
      return records;
    },
  };
}

/** Reads a varint that may still be incomplete. A length needs no more than four bytes. */
function readLength(bytes: Uint8Array, at: number): { length: number; next: number } | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  const size = 1 << (first >>> 6);
  if (size === 8) throw new PalaverError("TOO_LARGE", "a record is too large");
  if (at + size > bytes.length) return undefined;
  let length = first & 0x3f;
  for (let i = 1; i < size; i++) length = length * 256 + (bytes[at + i] as number);
  return { length, next: at + size };
}
