import { PalaverError } from "../errors.ts";
import { ByteReader, varintSize, writeVarint } from "../session/varint.ts";
import { MAX_NICK_BYTES, MAX_ROOM_BYTES, MAX_TEXT_BYTES, MESSAGE_ID_BYTES } from "./bounds.ts";
import { decodeText, encodeText } from "./field.ts";
import { encodeRecord, type WireRecord } from "./record.ts";

/** How a message is meant and shown. The position is the number on the wire: append only. */
export const ROOM_MESSAGE_KINDS = ["say", "action", "notice"] as const;
export type RoomMessageKind = (typeof ROOM_MESSAGE_KINDS)[number];

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
  | RoomMessage;

/** Numbers on the wire. Append, never renumber. */
export const ROOM_NUMBERS = { enter: 0x40, say: 0x41, stored: 0x42, message: 0x43, refused: 0x44 } as const;

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
    default:
      return undefined;
  }
}

function takeKind(reader: ByteReader): RoomMessageKind {
  // A kind from a later version is still something somebody said.
  return ROOM_MESSAGE_KINDS[reader.varint()] ?? "say";
}

function takeText(reader: ByteReader, length: number, maxBytes: number): string {
  if (length > maxBytes) throw new PalaverError("TOO_LARGE", `a text has more than ${maxBytes} bytes`);
  return decodeText(reader.take(length));
}
