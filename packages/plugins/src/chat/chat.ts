import {
  Refusal,
  type Caller,
  type Log,
  type Rate,
  type RoomMessage,
  type Rooms,
  type Users,
} from "@palaver/plugin-api";
import type { Away } from "./away.ts";
import type { History } from "./history.ts";
import type { RoomRegister } from "./room-register.ts";
import { isRoomName, parseRoomName } from "./room-name.ts";

interface ChatSettings {
  readonly lobby: string;
  readonly history: number;
  readonly maxRoomsPerUser: number;
}

/** What the commands share. It holds no state of its own: a reload puts another instance beside this one. */
export interface Chat {
  readonly settings: ChatSettings;
  readonly users: Users;
  readonly rooms: Rooms;
  readonly log: Log;
  readonly history: History;
  readonly register: RoomRegister;
  readonly away: Away;
}

/** For commands that send a line to everyone around. */
export const noticeRate: Rate = { limit: 30, windowMs: 60_000 };

/** The caller's nickname. @throws {Refusal} when it is not online. */
export function nickOf(caller: Caller): string {
  if (!caller.online || caller.nick === undefined) throw new Refusal("You are not online yet. Send: online");
  return caller.nick;
}

/** The room that the caller talks in: the one it joined last. */
export function tryCurrentRoom(chat: Chat, caller: Caller): string | undefined {
  return chat.rooms.of(caller.id).at(-1);
}

/** The named room, else the current one; the caller is in it. @throws {Refusal} when it is not. */
export function roomOf(chat: Chat, caller: Caller, named: string | undefined): string {
  nickOf(caller);
  if (named === undefined) {
    const current = tryCurrentRoom(chat, caller);
    if (current === undefined) throw new Refusal(`You are in no room. Send: /join ${chat.settings.lobby}`);
    return current;
  }
  const room = parseRoomName(named);
  if (!chat.rooms.of(caller.id).includes(room))
    throw new Refusal(`You are not in #${room}. Send: /join ${room}`);
  return room;
}

/** Takes a room's name off the front: `#dev hello`. A `#` that begins no room name is part of the text. */
export function splitRoom(text: string): { readonly room: string | undefined; readonly rest: string } {
  const [, word, rest] = /^#([^\s#]\S*)(?:\s+|$)(.*)$/s.exec(text) ?? [];
  if (word === undefined || !isRoomName(word)) return { room: undefined, rest: text };
  return { room: word, rest: rest ?? "" };
}

/** Tells a room what happened to somebody. Notices are not stored and have no number. */
export function tell(chat: Chat, room: string, nick: string, text: string): void {
  const notice: RoomMessage = { room, seq: 0, at: Date.now(), from: nick, kind: "notice", text };
  if (chat.rooms.members(room).length > 0) chat.rooms.publish(notice);
}
