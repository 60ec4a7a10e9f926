import {
  cleanText,
  MAX_MEMBERS,
  type Member,
  type PresenceState,
  type RecordDecoder,
  type RoomAbout,
} from "@palaver/protocol";
import type { RoomMessage, UserInfo } from "../connection.ts";
import type { Abortable } from "../abort.ts";

/** The stream that carries a room, from entering to leaving. */
export interface RoomStream {
  readonly id: number;
  readonly decoder: RecordDecoder;
  /** What was said last about the message that comes next. */
  about?: RoomAbout;
}

/** One room that the application is in or wants to be in. */
export interface Room {
  readonly name: string;
  /** What the application asked for when it entered. */
  readonly since: number | undefined;
  /** Number of the newest message that was passed on; older ones are repeats. */
  lastSeq: number;
  hasMessages: boolean;
  /** The room's number when it was entered first. */
  enteredSeq: number | undefined;
  stream: RoomStream | undefined;
  readonly members: Map<string, "online" | "away">;
  readonly joining: Set<Abortable<void>>;
}

export function createRoom(name: string, since: number | undefined): Room {
  return {
    name,
    since,
    lastSeq: since ?? 0,
    hasMessages: false,
    enteredSeq: undefined,
    stream: undefined,
    members: new Map(),
    joining: new Set(),
  };
}

/** What to ask for when entering: everything behind what we have. */
export function sinceOf(room: Room): number | undefined {
  return room.hasMessages ? room.lastSeq : (room.since ?? room.enteredSeq);
}

/** The hub says where the room is. */
export function enter(room: Room, stream: RoomStream, seq: number, members: readonly Member[]): void {
  room.stream = stream;
  room.enteredSeq ??= seq;
  // The hub lost its store and counts from the start again: what comes is new, whatever its number.
  if (seq < room.lastSeq) room.lastSeq = room.enteredSeq = seq;
  room.members.clear();
  for (const { nick, state } of members) setMember(room, cleanText(nick), state);
}

export function setMember(room: Room, nick: string, state: PresenceState): void {
  if (state === "offline") room.members.delete(nick);
  // Of a very full room no more are listed; the hub sends no longer list either.
  else if (room.members.has(nick) || room.members.size < MAX_MEMBERS) room.members.set(nick, state);
}

export function usersOf(room: Room): UserInfo[] {
  return [...room.members].map(([nick, state]) => ({ nick, state }));
}

/** Whether a message is none of those passed on before; notices have no number and are always new. */
export function takeNew(room: Room, { seq }: Pick<RoomMessage, "seq">): boolean {
  if (seq === 0) return true;
  if (seq <= room.lastSeq) return false;
  room.lastSeq = seq;
  room.hasMessages = true;
  return true;
}
