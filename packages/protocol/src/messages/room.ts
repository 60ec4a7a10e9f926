import { PalaverError } from "../errors.ts";
import { ByteReader, varintSize, writeVarint } from "../session/varint.ts";
import {
  MAX_JSON_BYTES,
  MAX_MENTIONS,
  MAX_NICK_BYTES,
  MAX_ROOM_BYTES,
  MAX_TEXT_BYTES,
  MESSAGE_ID_BYTES,
} from "./bounds.ts";
import { count, decodeText, encodeText, list, object, optional, parseJson, text } from "./field.ts";
import { encodeRecord, type WireRecord } from "./record.ts";

/** How a message is meant and shown. The position is the number on the wire: append only. */
export const ROOM_MESSAGE_KINDS = ["say", "action", "notice"] as const;
export type RoomMessageKind = (typeof ROOM_MESSAGE_KINDS)[number];

/**
 * What somebody does with an earlier message. The position is the number on the wire: append only. `unknown` stands for
 * the actions of later versions.
 */
export const ROOM_ACTIONS = ["unknown", "reply", "edit", "delete", "react", "unreact"] as const;
export type RoomAction = (typeof ROOM_ACTIONS)[number];

/** What happened to an earlier message; it has a number of its own in the room's one sequence. */
export interface RoomChange {
  readonly type: "change";
  readonly seq: number;
  readonly atMs: number;
  readonly action: RoomAction;
  /** The number of the message that it is about. */
  readonly target: number;
  readonly from: string;
  /** The new text of an edit, the reason of a deletion, the emoji of a reaction. */
  readonly text: string;
}

/** More about the message or change that comes right behind it, with the same number. */
export interface RoomAbout {
  readonly type: "about";
  readonly seq: number;
  /** The number of the message that this one answers. */
  readonly replyTo?: number | undefined;
  /** Who wrote the message that is answered or changed. */
  readonly to?: string | undefined;
  readonly mentions?: string[] | undefined;
  /** When its text was changed last. */
  readonly editedAtMs?: number | undefined;
  /** When its text was taken away. */
  readonly deletedAtMs?: number | undefined;
}

/** A message of a room, as everybody gets it. */
export interface RoomMessage {
  readonly type: "message";
  /** The room's own count: no gaps, no repeats. */
  readonly seq: number;
  /** Milliseconds since 1970 on the hub's clock. */
  readonly atMs: number;
  readonly from: string;
  readonly text: string;
  readonly kind: RoomMessageKind;
}

/** What travels on a room stream. Whoever opens the stream says `enter` first, so that it explains itself. */
export type RoomStreamMessage =
  | { readonly type: "enter"; readonly room: string }
  /** From the client. The 16 random bytes make a repetition after a reconnect harmless. */
  | { readonly type: "say"; readonly id: Uint8Array; readonly kind: RoomMessageKind; readonly text: string }
  /** From the hub: stored, under this number. Only now may the client forget it. */
  | { readonly type: "stored"; readonly id: Uint8Array; readonly seq: number }
  /** From the hub: not stored, and never will be; the text says why. */
  | { readonly type: "refused"; readonly id: Uint8Array; readonly text: string }
  /** From the client, answered like `say`. */
  | {
      readonly type: "act";
      readonly id: Uint8Array;
      readonly action: RoomAction;
      readonly target: number;
      readonly text: string;
    }
  /** Somebody is writing. Empty from the client; not stored, and nobody waits for it. */
  | { readonly type: "typing"; readonly from: string }
  | RoomMessage
  | RoomChange
  | RoomAbout;

/** Numbers on the wire. Append, never renumber. */
export const ROOM_NUMBERS = {
  enter: 0x40,
  say: 0x41,
  stored: 0x42,
  message: 0x43,
  refused: 0x44,
  act: 0x45,
  change: 0x46,
  about: 0x47,
  typing: 0x48,
} as const;

const aboutBody = object<Omit<RoomAbout, "type">>({
  seq: count,
  replyTo: optional(count),
  to: optional(text(MAX_NICK_BYTES)),
  mentions: optional(list(text(MAX_NICK_BYTES), MAX_MENTIONS)),
  editedAtMs: optional(count),
  deletedAtMs: optional(count),
});

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, value) => sum + varintSize(value), 0));
  let at = 0;
  for (const value of values) at = writeVarint(bytes, at, value);
  return bytes;
}

function checkId(id: Uint8Array): Uint8Array {
  if (id.length !== MESSAGE_ID_BYTES) throw new PalaverError("PROTOCOL", "a message id has 16 bytes");
  return id;
}

/** Encodes a message for a room stream. Throws TOO_LARGE beyond the bounds of texts and names. */
export function encodeRoomStream(message: RoomStreamMessage): Uint8Array {
  const number = ROOM_NUMBERS[message.type];
  switch (message.type) {
    case "enter":
      return encodeRecord(number, encodeText(message.room, MAX_ROOM_BYTES));
    case "say":
      return encodeRecord(
        number,
        checkId(message.id),
        Uint8Array.of(ROOM_MESSAGE_KINDS.indexOf(message.kind)),
        encodeText(message.text, MAX_TEXT_BYTES),
      );
    case "stored":
      return encodeRecord(number, checkId(message.id), numbers(message.seq));
    case "refused":
      return encodeRecord(number, checkId(message.id), encodeText(message.text, MAX_TEXT_BYTES));
    case "act":
      return encodeRecord(
        number,
        checkId(message.id),
        numbers(ROOM_ACTIONS.indexOf(message.action), message.target),
        encodeText(message.text, MAX_TEXT_BYTES),
      );
    case "typing":
      return encodeRecord(number, encodeText(message.from, MAX_NICK_BYTES));
    case "about":
      return encodeRecord(number, Buffer.from(JSON.stringify(aboutBody(message))));
    case "change": {
      const { seq, atMs, action, target } = message;
      const from = encodeText(message.from, MAX_NICK_BYTES);
      return encodeRecord(
        number,
        numbers(seq, atMs, ROOM_ACTIONS.indexOf(action), target, from.length),
        from,
        encodeText(message.text, MAX_TEXT_BYTES),
      );
    }
    default: {
      const from = encodeText(message.from, MAX_NICK_BYTES);
      return encodeRecord(
        number,
        numbers(message.seq, message.atMs, ROOM_MESSAGE_KINDS.indexOf(message.kind), from.length),
        from,
        encodeText(message.text, MAX_TEXT_BYTES),
      );
    }
  }
}

/** Decodes a record of a room stream; undefined for a type from a later version. Throws TOO_LARGE or PROTOCOL. */
export function decodeRoomStream(record: WireRecord): RoomStreamMessage | undefined {
  const reader = new ByteReader(record.body);
  switch (record.type) {
    case ROOM_NUMBERS.enter:
      return { type: "enter", room: takeText(reader, reader.remaining, MAX_ROOM_BYTES) };
    case ROOM_NUMBERS.say:
      return {
        type: "say",
        id: reader.take(MESSAGE_ID_BYTES),
        kind: takeKind(reader),
        text: takeText(reader, reader.remaining, MAX_TEXT_BYTES),
      };
    case ROOM_NUMBERS.stored:
      return { type: "stored", id: reader.take(MESSAGE_ID_BYTES), seq: reader.varint() };
    case ROOM_NUMBERS.refused: {
      const id = reader.take(MESSAGE_ID_BYTES);
      return { type: "refused", id, text: takeText(reader, reader.remaining, MAX_TEXT_BYTES) };
    }
    case ROOM_NUMBERS.message:
      return {
        type: "message",
        seq: reader.varint(),
        atMs: reader.varint(),
        kind: takeKind(reader),
        from: takeText(reader, reader.varint(), MAX_NICK_BYTES),
        text: takeText(reader, reader.remaining, MAX_TEXT_BYTES),
      };
    case ROOM_NUMBERS.act:
      return {
        type: "act",
        id: reader.take(MESSAGE_ID_BYTES),
        action: takeAction(reader),
        target: reader.varint(),
        text: takeText(reader, reader.remaining, MAX_TEXT_BYTES),
      };
    case ROOM_NUMBERS.change:
      return {
        type: "change",
        seq: reader.varint(),
        atMs: reader.varint(),
        action: takeAction(reader),
        target: reader.varint(),
        from: takeText(reader, reader.varint(), MAX_NICK_BYTES),
        text: takeText(reader, reader.remaining, MAX_TEXT_BYTES),
      };
    case ROOM_NUMBERS.about:
      return { type: "about", ...aboutBody(parseJson(record.body, MAX_JSON_BYTES)) };
    case ROOM_NUMBERS.typing:
      return { type: "typing", from: takeText(reader, reader.remaining, MAX_NICK_BYTES) };
    default:
      return undefined;
  }
}

function takeAction(reader: ByteReader): RoomAction {
  return ROOM_ACTIONS[reader.varint()] ?? "unknown";
}

function takeKind(reader: ByteReader): RoomMessageKind {
  // A kind from a later version is still something somebody said.
  return ROOM_MESSAGE_KINDS[reader.varint()] ?? "say";
}

function takeText(reader: ByteReader, length: number, maxBytes: number): string {
  if (length > maxBytes) throw new PalaverError("TOO_LARGE", `a text has more than ${maxBytes} bytes`);
  return decodeText(reader.take(length));
}
