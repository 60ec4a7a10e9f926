import { Refusal, type Caller, type RoomMessage } from "@palaver/plugin-api";
import { nickOf, tell, type Chat } from "./chat.ts";
import { tryStore } from "./storing.ts";
import { newestData, newestLines } from "./transcript.ts";

// One datagram of text holds 1000 bytes; a line or two of the answer stand before the transcript.
const maxReplyBytes = 900;

/** What somebody reads who comes into a room. */
export interface Entered {
  readonly here: number;
  readonly topic: string;
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
    if (mine.length >= settings.maxRoomsPerUser) {
      throw new Refusal(`You are in ${mine.length} rooms, as many as one may be. Send: /part`, "BUSY");
    }
    tryStore(chat, () => register.remember(room, Date.now()));
    tell(chat, room, nick, `${nick} is here`);
    rooms.join(room, caller.id);
  }
  return {
    here: rooms.members(room).length,
    topic: register.topic(room),
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
