import { FRAME_MARK } from "../classify.ts";
import { PalaverError } from "../errors.ts";
import { maxTextBytes } from "../text/decode.ts";
import { LARGEST_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES } from "./limits.ts";

/** One record of a TCP connection: a whole frame, or one line of text without its LF. */
export interface StreamRecord {
  readonly dialect: "frame" | "text";
  readonly bytes: Uint8Array;
}

/** Cuts a byte stream into records; keeps at most one unfinished record. */
export interface RecordSplitter {
  /** Takes what arrived and returns the records it completes. */
  push(chunk: Uint8Array): StreamRecord[];
  /** The stream has ended: what is left of a line is a line too. */
  end(): StreamRecord[];
  /** What has not yet arrived of a frame that has begun. */
  readonly missingBytes: number;
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
  let kept: Uint8Array = new Uint8Array(0);
  let growing: GrowingFrame | undefined;
  let hasFrames = false;
  let skipping = false;

  function lineAt(bytes: Uint8Array, at: number): { record: StreamRecord; end: number } | undefined {
    const newline = bytes.indexOf(NEWLINE, at);
    const length = (newline < 0 ? bytes.length : newline) - at;
    if (newline < 0 && length < MAX_LINE_BYTES) return undefined;
    const line = bytes.slice(at, at + Math.min(length, MAX_LINE_BYTES));
    skipping = newline < 0;
    return { record: { dialect: "text", bytes: line }, end: newline < 0 ? bytes.length : newline + 1 };
  }

  /** Cuts all records off that are whole, and gives back where the rest begins. */
  function cut(bytes: Uint8Array, records: StreamRecord[]): number {
    let at = 0;
    while (at < bytes.length) {
      if (growing) {
        at += growing.take(bytes.subarray(at));
        if (growing.missingBytes > 0) return at;
        records.push({ dialect: "frame", bytes: growing.bytes });
        growing = undefined;
        hasFrames = true;
      } else if (skipping) {
        const newline = bytes.indexOf(NEWLINE, at);
        skipping = newline < 0;
        at = skipping ? bytes.length : newline + 1;
      } else {
        const length = frameLengthAt(bytes, at, hasFrames ? LARGEST_DATAGRAM_BYTES : MAX_DATAGRAM_BYTES);
        if (length === "unknown") return at;
        if (length !== "none") {
          growing = new GrowingFrame(length);
          at += LENGTH_BYTES;
        } else if (bytes[at] === 0) {
          // A textbook client sends the NUL behind its text, or its whole buffer.
          at++;
        } else {
          const line = lineAt(bytes, at);
          if (!line) return at;
          records.push(line.record);
          at = line.end;
        }
      }
    }
    return at;
  }

  return {
    get missingBytes() {
      return growing?.missingBytes ?? 0;
    },
    push(chunk) {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      const records: StreamRecord[] = [];
      kept = bytes.slice(cut(bytes, records));
      return records;
    },
    end() {
      // Nothing follows that could make a frame of it.
      hasFrames = false;
      const records = this.push(new Uint8Array(0));
      const rest = kept;
      kept = new Uint8Array(0);
      const isLine = rest.length > 0 && frameLengthAt(rest, 0, MAX_DATAGRAM_BYTES) === "none";
      return isLine ? [...records, { dialect: "text", bytes: rest }] : records;
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
