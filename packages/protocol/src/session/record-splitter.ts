import { FRAME_MARK } from "../classify.ts";
import { PalaverError } from "../errors.ts";
import { maxTextBytes } from "../text/decode.ts";
import { MAX_DATAGRAM_BYTES } from "./limits.ts";

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
}

/** High byte of the length of the largest frame. */
const MAX_LENGTH_HIGH = MAX_DATAGRAM_BYTES >>> 8;
/** Enough of a line for it to be seen as too long; what comes behind, up to the line end, is skipped. */
const MAX_LINE_BYTES = maxTextBytes + 1;
const NEWLINE = 0x0a;

/**
 * Creates a splitter for one TCP connection.
 *
 * A record is a frame with its length in two bytes before it, or a line. A length is at most 1200, so its first byte is
 * 0x00 to 0x04, and behind it stands the mark of a frame; no line begins like that.
 */
export function createRecordSplitter(): RecordSplitter {
  let kept: Uint8Array = new Uint8Array(0);
  let skipping = false;

  function recordAt(bytes: Uint8Array, at: number): { record: StreamRecord; end: number } | undefined {
    const high = bytes[at] as number;
    if (high > MAX_LENGTH_HIGH || isNoFrame(bytes, at)) return lineAt(bytes, at);
    const end = at + 2 + high * 256 + (bytes[at + 1] as number);
    if (!(bytes.length >= end)) return undefined;
    return { record: { dialect: "frame", bytes: bytes.slice(at + 2, end) }, end };
  }

  function lineAt(bytes: Uint8Array, at: number): { record: StreamRecord; end: number } | undefined {
    const newline = bytes.indexOf(NEWLINE, at);
    const length = (newline < 0 ? bytes.length : newline) - at;
    if (newline < 0 && length < MAX_LINE_BYTES) return undefined;
    const line = bytes.slice(at, at + Math.min(length, MAX_LINE_BYTES));
    skipping = newline < 0;
    return { record: { dialect: "text", bytes: line }, end: newline < 0 ? bytes.length : newline + 1 };
  }

  return {
    push(chunk) {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      const records: StreamRecord[] = [];
      let at = 0;
      while (at < bytes.length) {
        if (skipping) {
          const newline = bytes.indexOf(NEWLINE, at);
          skipping = newline < 0;
          at = skipping ? bytes.length : newline + 1;
          continue;
        }
        // A textbook client sends the NUL behind its text, or its whole buffer.
        if (bytes[at] === 0 && isNoFrame(bytes, at)) {
          at++;
          continue;
        }
        const next = recordAt(bytes, at);
        if (!next) break;
        records.push(next.record);
        at = next.end;
      }
      kept = bytes.slice(at);
      return records;
    },
    end() {
      const rest = kept;
      kept = new Uint8Array(0);
      const isLine = rest.length > 0 && (rest[0] as number) > MAX_LENGTH_HIGH;
      return isLine ? [{ dialect: "text", bytes: rest }] : [];
    },
  };
}

/** A frame as a record of a TCP connection. Throws TOO_LARGE above 1200 bytes. */
export function encodeFrameRecord(frame: Uint8Array): Uint8Array {
  if (frame.length > MAX_DATAGRAM_BYTES) throw new PalaverError("TOO_LARGE", "a frame of a wrong size");
  const record = new Uint8Array(2 + frame.length);
  record[0] = frame.length >>> 8;
  record[1] = frame.length;
  record.set(frame, 2);
  return record;
}

/** Enough has arrived to see that no frame begins here. */
function isNoFrame(bytes: Uint8Array, at: number): boolean {
  const length = (bytes[at] as number) * 256 + (bytes[at + 1] ?? 1);
  const mark = bytes[at + 2];
  return length > MAX_DATAGRAM_BYTES || length === 0 || (mark !== undefined && mark !== FRAME_MARK);
}
