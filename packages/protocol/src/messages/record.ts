import { PalaverError } from "../errors.ts";
import { varintSize, writeVarint } from "../session/varint.ts";

/** Bytes of type and body of one record. */
export const MAX_RECORD_BYTES = 64 << 10;

/** One record of a stream: `varint length | type | body`, where the length counts type and body. */
export interface WireRecord {
  readonly type: number;
  readonly body: Uint8Array;
  /** The body is a part of one or several records of this type, in order; see `Flows`. */
  readonly isFlowing?: true;
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
   * Takes bytes in order and returns the records they complete. The chunk is the decoder's from then on: a body that flows
   * is a view of it.
   *
   * Throws TOO_LARGE for a record beyond the bound and PROTOCOL for one without a type; the stream is of no use then.
   */
  push(chunk: Uint8Array): WireRecord[];
  /** Whether the bytes so far end between two records. */
  readonly isAtBoundary: boolean;
}

/** Whether records of this type flow: their bodies are handed out as they arrive. It may throw for one that is too long. */
export type Flows = (type: number, bodyBytes: number) => boolean;

const FIRST_CAPACITY = 256;

/** Creates a decoder for one direction of one stream. @param flows default: nothing does. */
export function createRecordDecoder(flows: Flows = () => false): RecordDecoder {
  // Grows with what has really arrived: a length alone reserves nothing.
  let buffer = new Uint8Array(0);
  let used = 0;
  /** Of the record that flows: its type, and the bytes that are still to come. */
  let flowType = 0;
  let flowBytes = 0;

  function append(chunk: Uint8Array): void {
    if (used + chunk.length > buffer.length) {
      const grown = new Uint8Array(Math.max(FIRST_CAPACITY, 2 * buffer.length, used + chunk.length));
      grown.set(buffer.subarray(0, used));
      buffer = grown;
    }
    buffer.set(chunk, used);
    used += chunk.length;
  }

  /**
   * Hands out what is here of the body that flows, and returns where that ends. What follows its like joins it; behind
   * something else it is copied, so that no two bodies share memory.
   */
  function flow(bytes: Uint8Array, at: number, row: Row, records: WireRecord[]): number {
    const end = Math.min(bytes.length, at + flowBytes);
    flowBytes -= end - at;
    if (end === at) return end;
    if (row.type !== flowType || row.index !== records.length - 1) {
      if (row.index >= 0) {
        records.push({ type: flowType, body: new Uint8Array(bytes.subarray(at, end)), isFlowing: true });
        return end;
      }
      row.type = flowType;
      row.index = records.length;
      row.start = row.end = at;
    }
    if (row.end !== at) bytes.copyWithin(row.end, at, end);
    row.end += end - at;
    records[row.index] = { type: flowType, body: bytes.subarray(row.start, row.end), isFlowing: true };
    return end;
  }

  /** Reads all records that are there from `at` on, and returns where the first unfinished one begins. */
  function readAll(bytes: Uint8Array, at: number, row: Row, records: WireRecord[]): number {
    for (;;) {
      const head = readLength(bytes, at);
      if (!head) return at;
      if (head.length > MAX_RECORD_BYTES) throw new PalaverError("TOO_LARGE", "a record is too large");
      if (head.length === 0) throw new PalaverError("PROTOCOL", "a record without a type");
      const type = bytes[head.next];
      if (type === undefined) return at;
      const bodyAt = head.next + 1;
      const end = head.next + head.length;
      if (flows(type, end - bodyAt)) {
        flowType = type;
        flowBytes = end - bodyAt;
        at = flow(bytes, bodyAt, row, records);
      } else {
        if (end > bytes.length) return at;
        records.push({ type, body: new Uint8Array(bytes.subarray(bodyAt, end)) });
        at = end;
      }
    }
  }

  return {
    get isAtBoundary() {
      return used === 0 && flowBytes === 0;
    },
    push(chunk) {
      const records: WireRecord[] = [];
      const row: Row = { type: -1, index: -1, start: 0, end: 0 };
      if (used === 0) {
        // Nearly always: nothing is copied but the bodies that do not flow.
        const rest = readAll(chunk, flow(chunk, 0, row, records), row, records);
        if (rest < chunk.length) append(chunk.subarray(rest));
        return records;
      }
      append(chunk);
      const bytes = buffer.subarray(0, used);
      const rest = readAll(bytes, 0, row, records);
      // What flows is a view of the memory: it stays with who got it.
      if (row.index >= 0) buffer = buffer.slice(rest, used);
      else buffer.copyWithin(0, rest, used);
      used -= rest;
      if (used === 0) buffer = new Uint8Array(0);
      return records;
    },
  };
}

/** The first bodies that flow in a chunk and stand together, as one. */
interface Row {
  type: number;
  /** Among the records. */
  index: number;
  start: number;
  end: number;
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
