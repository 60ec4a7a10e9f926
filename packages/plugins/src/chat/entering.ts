import { Refusal, type Caller, type RoomMessage } from "@palaver/plugin-api";
import { nickOf, tell, type Chat } from "./chat.ts";
import { checkEnter } from "./rules/permits.ts";
import { rankOf, roleOf, type Role } from "./rules/rank.ts";
import { tryStore } from "./store/storing.ts";
import { newestData, newestLines } from "./words/transcript.ts";

// One datagram of text holds 1000 bytes; a line or two of the answer stand before the transcript.
const maxReplyBytes = 900;

/** What somebody reads who comes into a room. */
export interface Entered {
  readonly here: number;
  readonly topic: string;
  /** Missing for who has no rights there. */
  readonly role?: Role;
  /** The number of the last message. */
  readonly seq: number;
  readonly messages: readonly RoomMessage[];
}

/**
 * Puts a user into a room, or makes a room it is in the one it talks in; the others there are told first, so that
 * the newcomer's first line is the answer.
 */
export function enterRoom(chat: Chat, caller: Caller, room: string): Entered {
  const { rooms, register, history, settings } = chat;
  const nick = nickOf(caller);
  const mine = rooms.of(caller.id);
  if (mine.includes(room)) {
    if (mine.at(-1) !== room) {
      rooms.part(room, caller.id);
      rooms.join(room, caller.id);
    }
  } else {
    checkEnter(chat, room, caller);
    if (mine.length >= settings.maxRoomsPerUser) {
      throw new Refusal(`You are in ${mine.length} rooms, as many as one may be. Send: /part`, "BUSY");
    }
    tell(chat, room, nick, `${nick} is here`);
    // Before it is remembered: a room that the hub has no place for must not make it forget another one.
    rooms.join(room, caller.id);
    // Who makes a room owns it; the lobby is everybody's.
    const maker = caller.key === undefined || room === settings.lobby ? undefined : { key: caller.key, nick };
    tryStore(chat, () => register.remember(room, Date.now(), maker));
  }
  const role = roleOf(rankOf(chat, room, caller));
  return {
    here: rooms.members(room).length,
    topic: register.get(room).topic,
    ...(role && { role }),
    seq: history.lastSeq(room),
    messages: newestData(history.newest(room, settings.history)),
  };
}

/** The answer for people: what happened, the topic, and as many of the last messages as one datagram holds. */
export function enteredText(head: string, { topic, messages }: Entered): string {
  const lines = topic === "" ? [head] : [head, `Topic: ${topic}`];
  const left = maxReplyBytes - Buffer.byteLength(lines.join("\n")) - 1;
  return [...lines, ...newestLines(messages, left)].join("\n");
}
