import type { RoomMessage } from "@palaver/client";
import type { Outgoing } from "../loops/sender.ts";
import { sanitizeName, sanitizeText } from "../text/sanitize.ts";
import { addEntries, entryOf, quoteOf } from "./entries.ts";
import type { Entry } from "./entry.ts";
import { type ChatState, MAX_ROOMS, MAX_USERS, type Room, emptyRoom } from "./state.ts";

export function updateRoom(state: ChatState, name: string, update: (room: Room) => Room): ChatState {
  const index = state.rooms.findIndex((room) => room.name === name);
  const room = state.rooms[index];
  return room === undefined ? state : { ...state, rooms: state.rooms.with(index, update(room)) };
}

/** A command on the hub can bring us into a room that we did not open; it is there, and not shown. */
function withRoom(state: ChatState, name: string): ChatState {
  const isNew = state.rooms.length < MAX_ROOMS && !state.rooms.some((room) => room.name === name);
  return isNew ? { ...state, rooms: [...state.rooms, emptyRoom(name)] } : state;
}

interface Received {
  readonly added: readonly Entry[];
  readonly coming: ChatState["coming"];
  /** The user looks at this room. */
  readonly isSeen: boolean;
  readonly isShown: boolean;
}

/** Adds entries, and counts what the user has not seen. */
function receive(room: Room, nick: string | undefined, { added, coming, isSeen, isShown }: Received): Room {
  const news = added.filter((entry) => entry.from !== nick && entry.kind !== "notice");
  // What comes while the user looks away begins at the marker, wherever it stands already.
  const readUpTo = isSeen ? room.readUpTo : (room.readUpTo ?? room.entries.at(-1)?.id ?? 0);
  return {
    ...room,
    entries: addEntries(room.entries, added, coming),
    unread: isShown ? 0 : room.unread + news.length,
    mentions: isShown ? 0 : room.mentions + news.filter((entry) => entry.isMention === true).length,
    newBelow: room.anchor === undefined ? 0 : room.newBelow + news.length,
    typing: room.typing.filter((each) => !news.some((entry) => entry.from === each.nick)),
    ...(news.length === 0 || readUpTo === undefined ? {} : { readUpTo }),
  };
}

/** Messages of the hub, in the rooms they belong to. */
export function receiveMessages(state: ChatState, messages: readonly RoomMessage[]): ChatState {
  let next: ChatState = { ...state, nextId: state.nextId + messages.length };
  for (const [name, ofRoom] of Map.groupBy(messages.entries(), ([, message]) => message.room)) {
    const before = state.rooms.find((room) => room.name === name)?.entries ?? [];
    const added: Entry[] = [];
    for (const [index, message] of ofRoom) {
      const known = message.replyTo === undefined ? [] : [...before, ...added];
      added.push(entryOf(message, state.nextId + index, state.nick, known));
    }
    const isShown = state.rooms[state.shown]?.name === name;
    const received = { added, coming: state.coming, isShown, isSeen: isShown && state.isFocused };
    next = updateRoom(withRoom(next, name), name, (room) => receive(room, state.nick, received));
  }
  return next;
}

export function addNotice(state: ChatState, name: string, text: string, at: number): ChatState {
  const notice: Entry = {
    id: state.nextId,
    at,
    from: "",
    kind: "notice",
    text: sanitizeText(text),
    delivery: "stored",
  };
  const isShown = state.rooms[state.shown]?.name === name;
  const received = { added: [notice], coming: state.coming, isShown, isSeen: true };
  const next = updateRoom(state, name, (room) => receive(room, state.nick, received));
  return { ...next, nextId: state.nextId + 1 };
}

/** Our own message, before the hub has it. */
export function addPending(state: ChatState, message: Outgoing, at: number): ChatState {
  const entry: Entry = {
    id: message.id,
    at,
    from: state.nick ?? "me",
    kind: message.kind,
    text: sanitizeText(message.text),
    delivery: "pending",
  };
  // Who writes wants to see it, and has read the rest: the timeline goes to its end.
  const next = updateRoom(state, message.room, ({ anchor: _anchor, readUpTo: _readUpTo, ...room }) => ({
    ...room,
    pending: [...room.pending, withQuote(entry, message, room)],
    newBelow: 0,
  }));
  return { ...next, nextId: Math.max(state.nextId, message.id + 1) };
}

/** Our own message once the hub has stored or refused it. */
export function settlePending(
  state: ChatState,
  message: Outgoing,
  outcome: Pick<Entry, "delivery" | "seq" | "reason" | "isProvisional">,
): ChatState {
  return updateRoom(state, message.room, (room) => {
    const entry = room.pending.find(({ id }) => id === message.id);
    if (entry === undefined) return room;
    return {
      ...room,
      pending: room.pending.filter((other) => other !== entry),
      entries: addEntries(room.entries, [{ ...entry, ...outcome }]),
    };
  });
}

function withQuote(entry: Entry, { replyTo }: Outgoing, room: Room): Entry {
  const quote = replyTo === undefined ? undefined : quoteOf(room.entries, replyTo);
  return quote === undefined ? entry : { ...entry, replyTo: quote };
}

/** A message that failed goes. */
export function dismiss(state: ChatState, name: string, id: number): ChatState {
  return updateRoom(state, name, (room) => ({
    ...room,
    entries: room.entries.filter((entry) => entry.id !== id || entry.delivery !== "failed"),
  }));
}

export function openRoom(state: ChatState, name: string): ChatState {
  const index = state.rooms.findIndex((room) => room.name === name);
  if (index !== -1) return showRoom(state, index);
  const opened = withRoom(state, name);
  return opened === state ? state : showRoom(opened, opened.rooms.length - 1);
}

/** The last room stays: there is always one to write in. */
export function closeRoom(state: ChatState, name: string): ChatState {
  const index = state.rooms.findIndex((room) => room.name === name);
  if (index === -1 || state.rooms.length === 1) return state;
  const shown = state.shown > index || state.shown === state.rooms.length - 1 ? state.shown - 1 : state.shown;
  return showRoom({ ...state, rooms: state.rooms.toSpliced(index, 1) }, shown);
}

export function showRoom(state: ChatState, index: number): ChatState {
  const shown = (index + state.rooms.length) % state.rooms.length;
  const room = state.rooms[shown];
  if (room === undefined) return state;
  const left = shown === state.shown ? state : leaveRoom(state);
  return { ...left, shown, rooms: left.rooms.with(shown, { ...room, unread: 0, mentions: 0 }) };
}

/** The user looks away from the shown room: a new marker will stand where it ends now. */
export function leaveRoom(state: ChatState): ChatState {
  const name = state.rooms[state.shown]?.name ?? "";
  return updateRoom(state, name, ({ readUpTo: _readUpTo, ...room }) => room);
}

export function markAllRead(state: ChatState): ChatState {
  const rooms = state.rooms.map(({ readUpTo: _readUpTo, ...room }) => ({ ...room, unread: 0, mentions: 0 }));
  return { ...state, rooms };
}

/** Somebody who writes and has not been heard of for as long writes no more. */
export const TYPING_MS = 6000;
/** People whose writing is shown. */
const MAX_TYPING = 20;

export function noteTyping(state: ChatState, name: string, raw: string, atMs: number): ChatState {
  const nick = sanitizeName(raw);
  return updateRoom(state, name, (room) => ({
    ...room,
    typing: [
      ...room.typing.filter((each) => each.nick !== nick && atMs - each.atMs < TYPING_MS),
      { nick, atMs },
    ].slice(-MAX_TYPING),
  }));
}

/** Forgets who has not been heard of for a while. */
export function forgetTyping(state: ChatState, atMs: number): ChatState {
  const isStill = (each: Room["typing"][number]) => atMs - each.atMs < TYPING_MS;
  if (state.rooms.every((room) => room.typing.every(isStill))) return state;
  return { ...state, rooms: state.rooms.map((room) => ({ ...room, typing: room.typing.filter(isStill) })) };
}

export function setUsers(state: ChatState, name: string, users: Room["users"]): ChatState {
  const clean = users.slice(0, MAX_USERS).map((user) => ({ ...user, nick: sanitizeName(user.nick) }));
  return updateRoom(withRoom(state, name), name, (room) => ({ ...room, users: clean }));
}
