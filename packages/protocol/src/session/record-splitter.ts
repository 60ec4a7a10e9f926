import { FRAME_MARK } from "../classify.ts";
import { PalaverError } from "../errors.ts";
import { maxTextBytes } from "../text/decode.ts";
import { LARGEST_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES } from "./limits.ts";
import { release } from "./packet-memory.ts";

/** One record of a TCP connection: a whole frame, or one line of text without its LF. */
export interface StreamRecord {
  readonly dialect: "frame" | "text";
  /** Those of a frame are good until the next record is asked for. */
  readonly bytes: Uint8Array;
}

/** Cuts a byte stream into records; keeps at most one unfinished record beside the last chunk. */
export interface RecordSplitter {
  /** Takes what arrived: the memory is the splitter's from then on, and given back with its last record. */
  push(chunk: Uint8Array): void;
  /** The next record that is whole. */
  next(): StreamRecord | undefined;
  /** The stream has ended: what is left of a line is a line too. */
  end(): void;
}

/** Enough of a line for it to be seen as too long; what comes behind, up to the line end, is skipped. */
const MAX_LINE_BYTES = maxTextBytes + 1;
const NEWLINE = 0x0a;
/** The length of a frame, in two bytes. */
const LENGTH_BYTES = 2;
/** The last type of a packet. */
const MAX_TYPE = 0x1f;

/**
 * Creates a splitter for one TCP connection.
 *
 * A record is a frame with its length in two bytes before it, or a line. The first frame has at most 1200 bytes, so the
 * first byte is 0x00 to 0x04, and behind the length stands the mark of a frame; no line begins like that. Later ones may
 * have up to 65,000: no line begins with any two bytes, the mark and a packet's type.
 */
export function createRecordSplitter(): RecordSplitter {
  let bytes: Uint8Array = new Uint8Array(0);
  let at = 0;
  let growing: GrowingFrame | undefined;
  /** The frame that was handed out last, when its memory is its own. */
  let lent: Uint8Array | undefined;
  let hasFrames = false;
  let hasEnded = false;
  let skipping = false;

  function takeLine(): StreamRecord | undefined {
    const newline = bytes.indexOf(NEWLINE, at);
    const length = (newline < 0 ? bytes.length : newline) - at;
    if (newline < 0 && length < MAX_LINE_BYTES && !hasEnded) return undefined;
    const line = new Uint8Array(bytes.subarray(at, at + Math.min(length, MAX_LINE_BYTES)));
    skipping = newline < 0;
    at = newline < 0 ? bytes.length : newline + 1;
    return { dialect: "text", bytes: line };
  }

  /** Begins a frame, or takes it whole where it lies. */
  function takeFrame(length: number): StreamRecord | undefined {
    const start = at + LENGTH_BYTES;
    if (bytes.length - start < length) {
      growing = new GrowingFrame(length);
      at = start;
      return undefined;
    }
    at = start + length;
    hasFrames = true;
    return { dialect: "frame", bytes: bytes.subarray(start, at) };
  }

  function grow(frame: GrowingFrame): StreamRecord | undefined {
    at += frame.take(bytes.subarray(at));
    if (frame.missingBytes > 0) return undefined;
    growing = undefined;
    hasFrames = true;
    lent = frame.bytes;
    return { dialect: "frame", bytes: frame.bytes };
  }

  /** The next record, if it is whole; all before it that is none is gone. */
  function cut(): StreamRecord | undefined {
    while (at < bytes.length) {
      if (growing) {
        const record = grow(growing);
        if (record || growing) return record;
      } else if (skipping) {
        const newline = bytes.indexOf(NEWLINE, at);
        skipping = newline < 0;
        at = skipping ? bytes.length : newline + 1;
      } else {
        const length = frameLengthAt(bytes, at, hasFrames ? LARGEST_DATAGRAM_BYTES : MAX_DATAGRAM_BYTES);
        if (length === "unknown") return undefined;
        if (length !== "none") {
          const record = takeFrame(length);
          if (record) return record;
        } else if (bytes[at] === 0) {
          // A textbook client sends the NUL behind its text, or its whole buffer.
          at++;
        } else {
          return takeLine();
        }
      }
    }
    return undefined;
  }

  return {
    push(chunk) {
      bytes = at === bytes.length ? chunk : Buffer.concat([bytes.subarray(at), chunk]);
      at = 0;
    },
    next() {
      if (lent) release(lent);
      lent = undefined;
      const record = cut();
      if (record || bytes.length === 0) return record;
      const rest = new Uint8Array(bytes.subarray(at));
      release(bytes);
      bytes = rest;
      at = 0;
      return undefined;
    },
    end() {
      // Nothing follows that could make a frame of what is left.
      hasFrames = false;
      hasEnded = true;
    },
  };
}

/** A frame of which a part has arrived; takes no more memory than twice that. */
class GrowingFrame {
  bytes: Uint8Array = new Uint8Array(0);
  readonly #length: number;
  #filled = 0;

  constructor(length: number) {
    this.#length = length;
  }

  get missingBytes(): number {
    return this.#length - this.#filled;
  }

  /** Takes what belongs to it, and gives back how many bytes that are. */
  take(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.missingBytes);
    const filled = this.#filled + part.length;
    if (filled > this.bytes.length) {
      const grown = new Uint8Array(Math.min(this.#length, 2 * filled));
      grown.set(this.bytes.subarray(0, this.#filled));
      this.bytes = grown;
    }
    this.bytes.set(part, this.#filled);
    this.#filled = filled;
    return part.length;
  }
}

/** Of the frame that begins here, which has at most `mostBytes`. */
function frameLengthAt(bytes: Uint8Array, at: number, mostBytes: number): number | "none" | "unknown" {
  const length = (bytes[at] as number) * 256 + (bytes[at + 1] ?? 1);
  if (length > mostBytes || length === 0) return "none";
  const mark = bytes[at + LENGTH_BYTES];
  if (mark === undefined) return "unknown";
  if (mark !== FRAME_MARK) return "none";
  if (length <= MAX_DATAGRAM_BYTES) return length;
  const type = bytes[at + LENGTH_BYTES + 1];
  if (type === undefined) return "unknown";
  return type >= 1 && type <= MAX_TYPE ? length : "none";
}

/** A frame as a record of a TCP connection. Throws TOO_LARGE above 65,000 bytes. */
export function encodeFrameRecord(frame: Uint8Array): Uint8Array {
  if (frame.length > LARGEST_DATAGRAM_BYTES) throw new PalaverError("TOO_LARGE", "a frame of a wrong size");
  const record = new Uint8Array(LENGTH_BYTES + frame.length);
  record[0] = frame.length >>> 8;
  record[1] = frame.length;
  record.set(frame, LENGTH_BYTES);
  return record;
}
