/**
 * One reply to a call. A string is a whole reply by itself. The object form adds what programs read:
 * `data` replaces the text for callers that asked for data, `stream` marks a piece of a longer output
 * (pieces are joined as they are, nothing is added between them), `status` ends a remote command.
 */
export type Reply = string | StructuredReply | OutputPiece;

/** Text for people, data for programs. */
export interface StructuredReply {
  readonly text: string;
  /** Anything JSON can carry, at most 64 KiB encoded. */
  readonly data?: unknown;
  /** Exit status of a remote command, 0 to 255; only on its last reply. */
  readonly status?: number;
}

/** A piece of a program's output, passed on byte for byte. */
export interface OutputPiece {
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
}

/** What a handler may give back: nothing, one reply, or many as they come. */
export type Result = void | Reply | Promise<void | Reply> | AsyncIterable<Reply>;
