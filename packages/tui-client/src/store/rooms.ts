import type { RoomMessage } from "@palaver/client";
import type { Outgoing } from "../loops/outbox.ts";
import { sanitizeName, sanitizeText } from "../text/sanitize.ts";
import { addEntries, entryOf } from "./entries.ts";
import { type ChatState, type Entry, MAX_ROOMS, MAX_USERS, type Room, emptyRoom } from "./state.ts";

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

/** Adds entries, and counts what the user has not seen. */
function receive(room: Room, added: readonly Entry[], unseen: number, isShown: boolean): Room {
  const entries = addEntries(room.entries, added);
  return {
    ...room,
    entries,
    unread: isShown ? 0 : room.unread + unseen,
    newBelow: room.anchor === undefined ? 0 : room.newBelow + unseen,
  };
}

/** Messages of the hub, in the rooms they belong to. */
export function receiveMessages(state: ChatState, messages: readonly RoomMessage[]): ChatState {
  let next: ChatState = { ...state, nextId: state.nextId + messages.length };
  for (const [name, ofRoom] of Map.groupBy(messages.entries(), ([, message]) => message.room)) {
    const added = ofRoom.map(([index, message]) => entryOf(message, state.nextId + index));
    const others = added.filter((entry) => entry.from !== state.nick && entry.kind !== "notice").length;
    const isShown = state.rooms[state.shown]?.name === name;
    next = updateRoom(withRoom(next, name), name, (room) => receive(room, added, others, isShown));
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
  const next = updateRoom(state, name, (room) => receive(room, [notice], 0, isShown));
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
  // Who writes wants to see it: the timeline goes to its end.
  const next = updateRoom(state, message.room, ({ anchor: _anchor, ...room }) => ({
    ...room,
    pending: [...room.pending, entry],
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
  return { ...state, shown, rooms: state.rooms.with(shown, { ...room, unread: 0 }) };
}

export function setUsers(state: ChatState, name: string, users: Room["users"]): ChatState {
  const clean = users.slice(0, MAX_USERS).map((user) => ({ ...user, nick: sanitizeName(user.nick) }));
  return updateRoom(withRoom(state, name), name, (room) => ({ ...room, users: clean }));
}
