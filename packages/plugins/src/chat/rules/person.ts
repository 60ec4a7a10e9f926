import { Refusal, type Caller } from "@palaver/plugin-api";
import type { Chat } from "../chat.ts";
import { rankOf, type Rank } from "./rank.ts";
import { authorOf, guestOf, networkOf, subjectsOf } from "./subject.ts";

/** Somebody that an operator of a room acts upon, online or not. */
export interface Person {
  readonly nick: string;
  readonly key: string | undefined;
  readonly subjects: readonly string[];
  /** What a ban of its network follows; unknown of people with a name of their own who are offline. */
  readonly network: string | undefined;
  readonly rank: Rank;
  /** What invitations to it are for. */
  readonly invitee: string | undefined;
  /** Its clients that are in the room. */
  readonly inside: readonly Caller[];
}

/**
 * Whom a name means: who is online under it, else who last spoke under it in the room, else whose name it is.
 * @throws {Refusal} when nobody is known by it.
 */
export function findPerson(chat: Chat, room: string, name: string): Person {
  const user = chat.users.find(name);
  if (user?.nick !== undefined) {
    const inside = chat.rooms
      .members(room)
      .filter(({ id, key }) => id === user.id || (key !== undefined && key === user.key));
    const { nick, key } = user;
    const subjects = subjectsOf(authorOf(user));
    const rank = rankOf(chat, room, user);
    return { nick, key, subjects, network: networkOf(user), rank, invitee: guestOf(user), inside };
  }
  const bare = name.replace(/^~/, "");
  const said = chat.history.lastBy(room, { nick: bare }) ?? chat.history.lastBy(room, { nick: `~${bare}` });
  const key = said ? said.author.key : chat.users.keyOf(name);
  const subjects = subjectsOf(said?.author ?? { key, host: undefined });
  if (subjects.length === 0) {
    throw new Refusal("Nobody of that name is online, or spoke here lately. Send: /who", "NOT_FOUND");
  }
  const nick = said?.message.from ?? bare;
  const invitee = key === undefined ? undefined : `key:${key}`;
  const network = subjects.find((subject) => subject.startsWith("host:"));
  const rank = rankOf(chat, room, { key, roles: [] });
  return { nick, key, subjects, network, rank, invitee, inside: [] };
}

/** @throws {Refusal} for who is of the same rank or a higher one. */
export function needBelow(rank: Rank, { nick, rank: other }: Person): void {
  if (other < rank) return;
  throw new Refusal(`${nick} has as many rights here as you.`);
}
