import type { SendStream } from "./send-stream.ts";

/** Bytes that `write` keeps for all streams of a session. Beyond them it accepts less than it was given. */
const MAX_SESSION_BUFFER_BYTES = 1 << 20;
/** What each stream may keep all the same: outputs that nobody reads hold up no other stream. */
const RESERVED_STREAM_BYTES = 16 << 10;

/** How many bytes a stream may take now. @param sessionBytes what all streams keep. */
export function writableBytes(stream: SendStream, sessionBytes: number): number {
  const shared = MAX_SESSION_BUFFER_BYTES - sessionBytes;
  const reserved = RESERVED_STREAM_BYTES - stream.bufferedBytes;
  return Math.max(0, Math.min(stream.roomBytes, Math.max(shared, reserved)));
}

/** Streams with a write that was cut short, by their own buffer or the session's. */
export class BlockedWrites {
  // Most sessions never have one.
  #streams: Set<SendStream> | undefined;

  add(stream: SendStream): void {
    (this.#streams ??= new Set()).add(stream);
  }

  delete(stream: SendStream): void {
    this.#streams?.delete(stream);
  }

  /** Lets those go that may write again, once half of both buffers is free, or of their reserve, and names each. */
  release(sessionBytes: number, tell: (streamId: number) => void): void {
    const isFree = sessionBytes <= MAX_SESSION_BUFFER_BYTES / 2;
    // Who is told and blocks again stands at the end and waits for the next time: others may have taken the room.
    let left = this.#streams?.size ?? 0;
    for (const stream of this.#streams ?? []) {
      if (left-- === 0) break;
      const maxBytes = isFree ? stream.maxBufferedBytes : RESERVED_STREAM_BYTES;
      if (stream.bufferedBytes > maxBytes / 2) continue;
      this.#streams?.delete(stream);
      tell(stream.id);
    }
    if (this.#streams?.size === 0) this.#streams = undefined;
  }
}
