import { createHash } from "node:crypto";
import type { RoomMessage, Rooms, Users } from "../capabilities.ts";
import type { Caller } from "../caller.ts";
import type { HubEvents } from "../events.ts";
import { checkedReceipt, replyText } from "../host/index.ts";
import { Refusal } from "../refusal.ts";

/** Somebody at the test's hub, and what came to them beside the replies to their calls. */
export interface Person {
  caller: Caller;
  readonly inbox: string[];
  readonly messages: RoomMessage[];
  /** In the order of joining. */
  readonly rooms: Set<string>;
}

export interface People {
  readonly users: Users;
  readonly rooms: Rooms;
  /** A peer that is not online; one with a key is a session, one without a text peer. */
  add(key: string | undefined): Person;
  /** Tells of what somebody got with a receipt. Sessions acknowledge all, a moment later; plain text acknowledges nothing. */
  acknowledge(person: Person, receipt: string): void;
  setRoles(person: Person, roles: readonly string[]): void;
}

export type Emit = <E extends keyof HubEvents>(event: E, payload: HubEvents[E]) => void;

/** Guests' `~`, case and width are no part of a name. */
const nameKey = (nick: string): string => nick.replace(/^~/, "").normalize("NFKC").toLowerCase();

/** The key of a test's user: the same for the same name. 32 bytes in base64url, as a real one. */
export const keyFor = (nick: string): string =>
  createHash("sha256").update(nameKey(nick)).digest("base64url");

/** Users and rooms in memory, with the hub's refusals. */
export function createPeople(emit: Emit): People {
  const people = new Map<string, Person>();
  const find = (nick: string) =>
    [...people.values()].find(
      ({ caller }) => caller.nick !== undefined && nameKey(caller.nick) === nameKey(nick),
    );
  const online = () => [...people.values()].filter(({ caller }) => caller.online);
  const members = (room: string) => online().filter((person) => person.rooms.has(room));
  const freeGuestName = () => {
    let number = online().length + 1;
    while (find(`guest${number}`)) number++;
    return `guest${number}`;
  };

  const acknowledge = (person: Person, receipt: string) => {
    if (person.caller.dialect === "session")
      queueMicrotask(() => emit("user:received", { user: person.caller, receipt }));
  };

  const users: Users = {
    online: () => online().map(({ caller }) => caller),
    find: (nick) => find(nick)?.caller,
    keyOf: (nick) => find(nick)?.caller.key,
    enter(callerId, nick) {
      const person = people.get(callerId);
      if (!person) throw new Refusal("This address is not proven yet.", "UNPROVEN");
      const name = nick === undefined ? freeGuestName() : nick.replace(/^~/, "");
      if (!/^[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}_.-]{0,23}$/u.test(name))
        throw new Refusal("This nickname is none.", "INVALID");
      const holder = find(name);
      if (holder && holder !== person)
        throw new Refusal(`The name ${name} is taken; choose another.`, "FORBIDDEN");
      const before = person.caller;
      const isGuest = before.key === undefined || nick === undefined || nick.startsWith("~");
      person.caller = { ...before, online: true, nick: isGuest ? `~${name}` : name };
      if (!before.online) emit("user:online", { user: person.caller });
      return person.caller;
    },
    leave(userId, reason) {
      const person = people.get(userId);
      if (!person?.caller.online) return;
      const user = person.caller;
      const left = [...person.rooms];
      person.rooms.clear();
      person.caller = { ...user, online: false, nick: undefined };
      emit("user:offline", { user, rooms: left, reason });
    },
    send(userId, reply, wanted) {
      const receipt = checkedReceipt(wanted);
      const person = people.get(userId);
      if (!person?.caller.online) return false;
      person.inbox.push(replyText(reply));
      if (receipt !== undefined) acknowledge(person, receipt);
      return true;
    },
  };

  const rooms: Rooms = {
    join(room, userId) {
      const person = people.get(userId);
      if (!person?.caller.online) throw new Refusal("You are not online yet. Send: online", "FORBIDDEN");
      const isNew = !person.rooms.has(room);
      person.rooms.add(room);
      return isNew;
    },
    part: (room, userId) => people.get(userId)?.rooms.delete(room) ?? false,
    publish(message) {
      const line = lineOf(message);
      for (const person of members(message.room)) {
        person.messages.push(message);
        if (line !== undefined) person.inbox.push(line);
      }
      emit("room:message", { message });
    },
    members: (room) => members(room).map(({ caller }) => caller),
    of: (userId) => [...(people.get(userId)?.rooms ?? [])],
    names: () => [...new Set(online().flatMap((person) => [...person.rooms]))],
  };

  return {
    users,
    rooms,
    acknowledge,
    add(key) {
      const number = people.size + 1;
      const caller: Caller = {
        id: `peer-${number}`,
        nick: undefined,
        roles: [],
        dialect: key === undefined ? "text" : "session",
        address: `127.0.0.1:${40_000 + number}`,
        key,
        online: false,
      };
      const person: Person = { caller, inbox: [], messages: [], rooms: new Set() };
      people.set(caller.id, person);
      return person;
    },
    setRoles(person, roles) {
      person.caller = { ...person.caller, roles };
    },
  };
}

/** As text peers read it; they read nothing of what only changes an earlier message. */
function lineOf({ from, kind, text }: RoomMessage): string | undefined {
  if (kind === "say") return `${from}: ${text}`;
  if (kind === "me") return `* ${from} ${text}`;
  return kind === "notice" ? `* ${text}` : undefined;
}
