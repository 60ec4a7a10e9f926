import type { SendStream } from "./send-stream.ts";

/** Bytes that `write` keeps for all streams of a session. Beyond them it accepts less than it was given. */
export const MAX_SESSION_BUFFER_BYTES = 1 << 20;

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

  /** Lets those go that may write again, once half of both buffers is free, and names each. */
  release(sessionBytes: number, tell: (streamId: number) => void): void {
    if (sessionBytes > MAX_SESSION_BUFFER_BYTES / 2) return;
    for (const stream of this.#streams ?? []) {
      if (stream.bufferedBytes > stream.maxBufferedBytes / 2) continue;
      this.#streams?.delete(stream);
      tell(stream.id);
    }
    if (this.#streams?.size === 0) this.#streams = undefined;
  }
}
