import type { RoomMessage } from "@palaver/plugin-api";
import { encodeRoomStream, maxTextBytes, type RoomAbout, type RoomStreamMessage } from "@palaver/protocol";

/** A message on its way to a room: encoded at most once for each dialect, however many hear it. */
export class PublishedMessage {
  readonly message: RoomMessage;
  /** Another worker said it, or the history: the others know of it. */
  readonly isHeard: boolean;
  #line: Uint8Array | undefined;
  #namedLine: Uint8Array | undefined;
  #record: Uint8Array | undefined;

  constructor(message: RoomMessage, isHeard = false) {
    this.message = message;
    this.isHeard = isHeard;
  }

  /** As text peers read it. Who is in one room only need not be told which. */
  line(isRoomNamed: boolean): Uint8Array {
    if (isRoomNamed) return (this.#namedLine ??= messageLine(this.message, `[#${this.message.room}] `));
    return (this.#line ??= messageLine(this.message, ""));
  }

  /** As sessions get it. */
  get record(): Uint8Array {
    return (this.#record ??= messageRecord(this.message));
  }
}

/** What sessions read of a message: one record, and before it another when there is more to know. */
export function messageRecord(message: RoomMessage): Uint8Array {
  const record = encodeRoomStream(wireMessage(message));
  const about = wireAbout(message);
  return about ? Buffer.concat([encodeRoomStream(about), record]) : record;
}

function wireMessage({ seq, at, from, kind, text, target = 0 }: RoomMessage): RoomStreamMessage {
  if (kind === "say" || kind === "notice") return { type: "message", seq, atMs: at, from, text, kind };
  if (kind === "me") return { type: "message", seq, atMs: at, from, text, kind: "action" };
  return { type: "change", seq, atMs: at, action: kind, target, from, text };
}

function wireAbout({
  seq,
  kind,
  target,
  to,
  mentions,
  editedAt,
  deletedAt,
}: RoomMessage): RoomAbout | undefined {
  const replyTo = kind === "say" || kind === "me" ? target : undefined;
  if ([replyTo, to, mentions, editedAt, deletedAt].every((value) => value === undefined)) return undefined;
  const about = { replyTo, to, editedAtMs: editedAt, deletedAtMs: deletedAt };
  return { type: "about", seq, ...about, mentions: mentions && [...mentions] };
}

/**
 * What a person wrote always stands behind the nickname, so nobody can imitate the room's own `* …` lines.
 * @param place stands in front where a peer is in more rooms than one.
 */
function messageLine(message: RoomMessage, place: string): Uint8Array {
  const line = Buffer.from(`${place}${roomLine(message)}\n`);
  if (line.length <= maxTextBytes) return line;
  // A textbook client's buffer holds no more; the cut must not split a character.
  const head = new TextDecoder().decode(line.subarray(0, maxTextBytes - ellipsis.length), { stream: true });
  return Buffer.concat([Buffer.from(head), ellipsis]);
}

function roomLine({ kind, from, text, to }: RoomMessage): string {
  const whose = to === undefined || to === from ? "a message" : `a message of ${to}`;
  switch (kind) {
    case "say":
      return to === undefined ? `${from}: ${text}` : `${from} (to ${to}): ${text}`;
    case "me":
      return `* ${from} ${text}`;
    case "notice":
      return `* ${text}`;
    case "edit":
      return `${from} edited: ${text}`;
    case "delete":
      return `* ${from} deleted ${whose}${text === "" ? "" : ` (${text})`}`;
    case "react":
      return `* ${from} put ${text} to ${whose}`;
    case "unreact":
      return `* ${from} took ${text} from ${whose}`;
  }
}

const ellipsis = Buffer.from("…\n");
