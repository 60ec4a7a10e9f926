import { ERROR_NUMBERS, type ErrorCode } from "../errors.ts";
import {
  MAX_COMMAND_BYTES,
  MAX_COMMANDS,
  MAX_JSON_BYTES,
  MAX_MEMBERS,
  MAX_NICK_BYTES,
  MAX_NOTICE_BYTES,
  MAX_ROOM_BYTES,
} from "./bounds.ts";
import { count, type Field, list, object, oneOf, optional, parseJson, text } from "./field.ts";
import { encodeRecord, type WireRecord } from "./record.ts";

/** Where a user is. */
export type PresenceState = "online" | "away" | "offline";

/** A command as the hub describes it to a client, for help and completion. */
export interface CommandSummary {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
}

export interface Member {
  readonly nick: string;
  readonly state: PresenceState;
}

/**
 * What travels on stream 0. The client speaks first, with `hello`; the hub answers `welcome`. A client is not online
 * before its first `join`, so that a single request is no visit.
 */
export type ControlMessage =
  | { type: "hello"; version: number; client: string; nick?: string | undefined }
  | {
      type: "welcome";
      version: number;
      hub: string;
      nick: string;
      roles: string[];
      commands: CommandSummary[];
    }
  /** Enter a room; messages after number `since` come first. Without it: as many as the hub thinks fit. */
  | { type: "join"; room: string; since?: number | undefined }
  /** `stream` is the room stream that carries the room from now on; `seq` the number of its latest message. */
  | { type: "joined"; room: string; stream: number; seq: number; members: Member[] }
  /** From the client: leave. From the hub: you left, or were made to. */
  | { type: "part"; room: string }
  | { type: "nick"; nick: string }
  /** From the client: how I am (`user` empty). From the hub: how somebody is, in one room or everywhere. */
  | {
      type: "presence";
      user: string;
      state: PresenceState;
      room?: string | undefined;
      /** The name that `user` goes by from now on. */
      nick?: string | undefined;
    }
  | { type: "notice"; text: string; room?: string | undefined }
  /** Something the client asked for on this stream did not work; `about` is the message type that asked. */
  | {
      type: "error";
      code: ErrorCode;
      message: string;
      about?: string | undefined;
      room?: string | undefined;
    };

const presence = oneOf<PresenceState>("online", "away", "offline");
const nick = text(MAX_NICK_BYTES);
const room = text(MAX_ROOM_BYTES);
const member = object<Member>({ nick, state: presence });
const errorCode = oneOf(...(Object.keys(ERROR_NUMBERS) as ErrorCode[]));

type Body<T extends ControlMessage["type"]> = Omit<Extract<ControlMessage, { type: T }>, "type">;

/** One row for each message: its number on the wire and the checks of its fields. Append, never renumber. */
const CONTROL_TABLE: { readonly [T in ControlMessage["type"]]: { number: number; body: Field<Body<T>> } } = {
  hello: { number: 0x01, body: object({ version: count, client: text(64), nick: optional(nick) }) },
  welcome: {
    number: 0x02,
    body: object({
      version: count,
      hub: text(64),
      nick,
      roles: list(text(32), 32),
      commands: list(
        object<CommandSummary>({ name: text(MAX_COMMAND_BYTES), usage: text(256), summary: text(256) }),
        MAX_COMMANDS,
      ),
    }),
  },
  join: { number: 0x03, body: object({ room, since: optional(count) }) },
  joined: {
    number: 0x04,
    body: object({ room, stream: count, seq: count, members: list(member, MAX_MEMBERS) }),
  },
  part: { number: 0x05, body: object({ room }) },
  nick: { number: 0x06, body: object({ nick }) },
  presence: {
    number: 0x07,
    body: object({ user: nick, state: presence, room: optional(room), nick: optional(nick) }),
  },
  notice: { number: 0x08, body: object({ text: text(MAX_NOTICE_BYTES), room: optional(room) }) },
  error: {
    number: 0x09,
    body: object({
      code: errorCode,
      message: text(MAX_NOTICE_BYTES),
      about: optional(text(32)),
      room: optional(room),
    }),
  },
};

const BY_NUMBER = new Map(
  Object.entries(CONTROL_TABLE).map(([type, { number, body }]) => [
    number,
    { type: type as ControlMessage["type"], body },
  ]),
);

/** Encodes a message for stream 0. Throws TOO_LARGE or PROTOCOL for one that the other side would refuse. */
export function encodeControl(message: ControlMessage): Uint8Array {
  const { number, body } = CONTROL_TABLE[message.type];
  return encodeRecord(number, Buffer.from(JSON.stringify(body(message))));
}

/** Decodes a record of stream 0; undefined for a type from a later version. Throws TOO_LARGE or PROTOCOL. */
export function decodeControl(record: WireRecord): ControlMessage | undefined {
  const row = BY_NUMBER.get(record.type);
  if (!row) return undefined;
  const body = row.body(parseJson(record.body, MAX_JSON_BYTES));
  return { type: row.type, ...body } as ControlMessage;
}
