import {
  Refusal,
  type Caller,
  type Log,
  type Rate,
  type RoomMessage,
  type Rooms,
  type Users,
} from "@palaver/plugin-api";
import type { Pace } from "./rules/pace.ts";
import type { Away } from "./store/away.ts";
import type { History } from "./store/history.ts";
import type { Ignores } from "./store/ignores.ts";
import type { Invites } from "./store/invites.ts";
import type { Letters } from "./store/letters.ts";
import type { Retention } from "./store/retention.ts";
import type { RoomRegister } from "./store/room-register.ts";
import type { Sanctions } from "./store/sanctions.ts";
import type { Search } from "./store/search.ts";
import type { TurnCommit } from "./store/turn-commit.ts";
import { parseRoomName } from "./words/room-name.ts";

interface ChatSettings {
  readonly lobby: string;
  readonly history: number;
  readonly maxRoomsPerUser: number;
}

/** What the commands share. What must last is in the database: a reload puts another instance beside this one. */
export interface Chat {
  readonly settings: ChatSettings;
  readonly users: Users;
  readonly rooms: Rooms;
  readonly log: Log;
  readonly history: History;
  readonly search: Search;
  readonly retention: Retention;
  readonly commit: TurnCommit;
  readonly register: RoomRegister;
  readonly sanctions: Sanctions;
  readonly invites: Invites;
  readonly ignores: Ignores;
  readonly letters: Letters;
  readonly pace: Pace;
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

/** Tells a room what happened to somebody. Notices are not stored and have no number. */
export function tell(chat: Chat, room: string, nick: string, text: string): void {
  const notice: RoomMessage = { room, seq: 0, at: Date.now(), from: nick, kind: "notice", text };
  if (chat.rooms.members(room).length > 0) chat.rooms.publish(notice);
}
