import { PalaverError } from "../errors.ts";
import { MAX_CLOSE_TEXT_BYTES } from "./limits.ts";
import { MAX_ACK_RANGES } from "./received-packets.ts";
import { type ByteReader, varintSize, writeVarint } from "./varint.ts";

/** First byte of each frame inside a DATA packet. */
export const FRAME_TYPES = {
  pad: 0x00,
  ping: 0x01,
  ack: 0x02,
  stream: 0x03,
  streamFin: 0x04,
  reset: 0x05,
  maxData: 0x06,
  maxStream: 0x07,
  dgram: 0x08,
  pathChallenge: 0x09,
  pathResponse: 0x0a,
  close: 0x0b,
} as const;

/** Bytes of the token of a path challenge. */
export const CHALLENGE_BYTES = 8;
/** Acknowledgement delays travel in units of this many milliseconds. */
export const ACK_DELAY_UNIT_MS = 0.125;

export type Frame =
  | { readonly type: "pad" | "ping" }
  | {
      readonly type: "ack";
      readonly delayMs: number;
      readonly ranges: readonly (readonly [number, number])[];
    }
  | {
      readonly type: "stream";
      readonly id: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
      readonly isLast: boolean;
    }
  | { readonly type: "reset"; readonly id: number; readonly code: number; readonly finalSize: number }
  | { readonly type: "maxData"; readonly maximum: number }
  | { readonly type: "maxStream"; readonly id: number; readonly maximum: number }
  | { readonly type: "dgram"; readonly bytes: Uint8Array }
  | { readonly type: "pathChallenge" | "pathResponse"; readonly token: Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly text: string };

/** Reads the next frame. Throws PROTOCOL for an unknown type, a frame cut short or a range below zero. */
export function readFrame(reader: ByteReader): Frame {
  const type = reader.uint8();
  switch (type) {
    case FRAME_TYPES.pad:
      return { type: "pad" };
    case FRAME_TYPES.ping:
      return { type: "ping" };
    case FRAME_TYPES.ack:
      return readAck(reader);
    case FRAME_TYPES.stream:
    case FRAME_TYPES.streamFin:
      return {
        type: "stream",
        id: reader.varint(),
        offset: reader.varint(),
        bytes: reader.take(reader.varint()),
        isLast: type === FRAME_TYPES.streamFin,
      };
    case FRAME_TYPES.reset:
      return { type: "reset", id: reader.varint(), code: reader.varint(), finalSize: reader.varint() };
    case FRAME_TYPES.maxData:
      return { type: "maxData", maximum: reader.varint() };
    case FRAME_TYPES.maxStream:
      return { type: "maxStream", id: reader.varint(), maximum: reader.varint() };
    case FRAME_TYPES.dgram:
      return { type: "dgram", bytes: reader.take(reader.varint()) };
    case FRAME_TYPES.pathChallenge:
      return { type: "pathChallenge", token: reader.take(CHALLENGE_BYTES) };
    case FRAME_TYPES.pathResponse:
      return { type: "pathResponse", token: reader.take(CHALLENGE_BYTES) };
    case FRAME_TYPES.close:
      return readClose(reader);
    default:
      throw new PalaverError("PROTOCOL", `frame type ${type} is unknown`);
  }
}

/** Largest number, delay, count of further ranges, length of the first; then gap and length of each (RFC 9000 19.3). */
function readAck(reader: ByteReader): Frame {
  let last = reader.varint();
  const delayMs = reader.varint() * ACK_DELAY_UNIT_MS;
  const more = reader.varint();
  if (more >= MAX_ACK_RANGES) throw new PalaverError("PROTOCOL", "an ACK has too many ranges");
  const ranges: [number, number][] = [];
  for (let i = 0; i <= more; i++) {
    if (i > 0) last = (ranges[i - 1] as [number, number])[0] - 2 - reader.varint();
    const first = last - reader.varint();
    if (first < 0) throw new PalaverError("PROTOCOL", "an ACK reaches below zero");
    ranges.push([first, last]);
  }
  return { type: "ack", delayMs, ranges };
}

function readClose(reader: ByteReader): Frame {
  const code = reader.varint();
  const length = reader.varint();
  if (length > MAX_CLOSE_TEXT_BYTES) throw new PalaverError("PROTOCOL", "a CLOSE says too much");
  return { type: "close", code, text: Buffer.from(reader.take(length)).toString("utf8") };
}

/** Bytes of a STREAM frame around its data, of which there are at most `maxBytes`. */
export function streamOverhead(id: number, offset: number, maxBytes: number): number {
  return 1 + varintSize(id) + varintSize(offset) + varintSize(maxBytes);
}

/** Writes frames into a buffer of one packet; the caller asks `room` first. */
export class FrameWriter {
  readonly bytes: Uint8Array;
  at = 0;
  /** Frames beyond this position are not allowed. */
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  get room(): number {
    return this.end - this.at;
  }

  written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  #numbers(...values: number[]): void {
    for (const value of values) this.at = writeVarint(this.bytes, this.at, value);
  }

  ping(): void {
    this.#numbers(FRAME_TYPES.ping);
  }

  /** Fills what is left of the packet. */
  pad(): void {
    this.bytes.fill(FRAME_TYPES.pad, this.at, this.end);
    this.at = this.end;
  }

  /** Writes as many of the ranges as there is room for, and no frame at all without room for one. */
  ack(ranges: readonly (readonly [number, number])[], delayMs: number): boolean {
    const head = ranges[0];
    if (!head || this.room < 32) return false;
    const delay = Math.max(0, Math.round(delayMs / ACK_DELAY_UNIT_MS));
    this.#numbers(FRAME_TYPES.ack, head[1], delay);
    const countAt = this.at++;
    this.#numbers(head[1] - head[0]);
    let more = 0;
    for (let i = 1; i < ranges.length && this.room >= 16; i++) {
      const [first, last] = ranges[i] as [number, number];
      this.#numbers((ranges[i - 1] as [number, number])[0] - 2 - last, last - first);
      more++;
    }
    // Below 64 a varint is one byte.
    this.bytes[countAt] = more;
    return true;
  }

  /** Writes the head of a STREAM frame and returns where its `length` bytes of data go. */
  stream(id: number, offset: number, length: number, isLast: boolean): Uint8Array {
    this.#numbers(isLast ? FRAME_TYPES.streamFin : FRAME_TYPES.stream, id, offset, length);
    const data = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return data;
  }

  reset(id: number, code: number, finalSize: number): void {
    this.#numbers(FRAME_TYPES.reset, id, code, finalSize);
  }

  maxData(maximum: number): void {
    this.#numbers(FRAME_TYPES.maxData, maximum);
  }

  maxStream(id: number, maximum: number): void {
    this.#numbers(FRAME_TYPES.maxStream, id, maximum);
  }

  dgram(bytes: Uint8Array): void {
    this.#numbers(FRAME_TYPES.dgram, bytes.length);
    this.#raw(bytes);
  }

  pathChallenge(token: Uint8Array): void {
    this.#numbers(FRAME_TYPES.pathChallenge);
    this.#raw(token);
  }

  pathResponse(token: Uint8Array): void {
    this.#numbers(FRAME_TYPES.pathResponse);
    this.#raw(token);
  }

  close(code: number, text: string): void {
    const bytes = Buffer.alloc(MAX_CLOSE_TEXT_BYTES);
    const { written } = new TextEncoder().encodeInto(text, bytes);
    this.#numbers(FRAME_TYPES.close, code, written);
    this.#raw(bytes.subarray(0, written));
  }

  #raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}
