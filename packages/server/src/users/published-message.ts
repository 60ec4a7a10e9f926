import type { RoomMessage } from "@palaver/plugin-api";
import { encodeRoomStream, maxTextBytes } from "@palaver/protocol";

/** A message on its way to a room: encoded at most once for each dialect, however many hear it. */
export class PublishedMessage {
  readonly message: RoomMessage;
  #line: Uint8Array | undefined;
  #namedLine: Uint8Array | undefined;
  #record: Uint8Array | undefined;

  constructor(message: RoomMessage) {
    this.message = message;
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

export function messageRecord({ seq, at, from, kind, text }: RoomMessage): Uint8Array {
  return encodeRoomStream({
    type: "message",
    seq,
    atMs: at,
    from,
    text,
    kind: kind === "me" ? "action" : kind,
  });
}

/**
 * What a person wrote always stands behind the nickname, so nobody can imitate the room's own `* …` lines.
 * @param place stands in front where a peer is in more rooms than one.
 */
function messageLine({ from, kind, text }: RoomMessage, place: string): Uint8Array {
  const said = kind === "say" ? `${from}: ${text}` : kind === "me" ? `* ${from} ${text}` : `* ${text}`;
  const line = Buffer.from(`${place}${said}`);
  if (line.length < maxTextBytes) return Buffer.concat([line, newline]);
  // A textbook client's buffer holds no more; the cut must not split a character.
  const head = new TextDecoder().decode(line.subarray(0, maxTextBytes - ellipsis.length), { stream: true });
  return Buffer.concat([Buffer.from(head), ellipsis]);
}

const newline = Buffer.from("\n");
const ellipsis = Buffer.from("…\n");
