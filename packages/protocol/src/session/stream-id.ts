/** Which side of a session one is. The client opened it. */
export type Role = "client" | "server";

/** What a stream is for. The kind is part of its id, so it costs no byte and no negotiation. */
export type StreamKind = "control" | "request" | "room" | "other";

const KINDS: readonly StreamKind[] = ["control", "request", "room", "other"];
const IDS_PER_STEP = 8;

/** The one control stream, there from the start on both sides. */
export const CONTROL_STREAM_ID = 0;

/** The parts of a stream id: `sequence * 8 + kind * 2 + (1 for the server's)`. */
export interface StreamIdParts {
  readonly opener: Role;
  readonly kind: StreamKind;
  readonly kindIndex: number;
  readonly sequence: number;
}

export function makeStreamId(opener: Role, kind: StreamKind, sequence: number): number {
  return sequence * IDS_PER_STEP + KINDS.indexOf(kind) * 2 + (opener === "server" ? 1 : 0);
}

export function splitStreamId(id: number): StreamIdParts {
  const low = id % IDS_PER_STEP;
  const kindIndex = low >>> 1;
  return {
    opener: low & 1 ? "server" : "client",
    kind: KINDS[kindIndex] as StreamKind,
    kindIndex,
    sequence: Math.floor(id / IDS_PER_STEP),
  };
}
