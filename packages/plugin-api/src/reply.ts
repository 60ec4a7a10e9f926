/**
 * One reply to a call. A string is a whole reply by itself. The object form adds what programs read:
 * `data` replaces the text for callers that asked for data, `stream` marks a piece of a longer output
 * (pieces are joined as they are, nothing is added between them), `status` ends a remote command.
 */
export type Reply = string | StructuredReply | OutputPiece;

/** Text for people, data for programs. */
export interface StructuredReply {
  readonly text: string;
  /** Anything JSON can carry, at most `MAX_DATA_BYTES` (60 KiB) encoded; of a list that users can make long, see `fittingRows`. */
  readonly data?: unknown;
  /** Exit status of a remote command, 0 to 255; only on its last reply. */
  readonly status?: number;
  /**
   * Asks for the event `user:received`, once the caller's client has acknowledged the whole answer, to its end: for what the
   * plugin keeps until it has come. 1 to 100 characters that nobody else takes, such as `randomUUID()`; of several in one
   * answer the last counts. A repeated request gets the same answer with the same receipt, and the event comes once.
   * None comes from plain text, which acknowledges nothing, for an answer that the client gave up or whose session or hub
   * ended before, and when the call failed or was refused. In what `users.send` sends it counts for nothing.
   */
  readonly receipt?: string;
}

/** A piece of a program's output, passed on byte for byte. */
export interface OutputPiece {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

/** What a handler may give back: nothing, one reply, or many as they come. */
export type Result = void | Reply | Promise<void | Reply> | AsyncIterable<Reply>;
