import type { CommandInfo, ConnectionState, UserInfo } from "@palaver/client";
import { type Composer, emptyComposer } from "../composer/composer.ts";
import type { Anchor } from "../timeline/viewport.ts";

/** Rooms one client is in; a further one is refused. */
export const MAX_ROOMS = 50;
/** Entries kept of a room; the oldest goes first. */
export const MAX_ENTRIES = 10_000;
/** Users of a room that are kept for the list and for completion. */
export const MAX_USERS = 5000;

/** Something in a room's timeline. All text in it is clean. */
export interface Entry {
  /** Our own number, unique in the store. */
  readonly id: number;
  readonly at: number;
  readonly from: string;
  readonly kind: "say" | "me" | "notice";
  readonly text: string;
  /** The hub's number; absent for what it never stored. */
  readonly seq?: number;
  readonly delivery: "stored" | "pending" | "failed";
  /** Why it failed. */
  readonly reason?: string;
  /** Known from the acknowledgement alone: the hub's own copy is still to come. */
  readonly isProvisional?: boolean;
}

export interface Room {
  readonly name: string;
  readonly entries: readonly Entry[];
  /** Our messages that are not acknowledged; bounded by the outbox. */
  readonly pending: readonly Entry[];
  readonly users: readonly UserInfo[];
  readonly unread: number;
  /** The lowest row shown; absent: the end of the timeline, also as it grows. */
  readonly anchor?: Anchor;
  /** Messages that came below the anchor. */
  readonly newBelow: number;
}

export interface ChatState {
  readonly rooms: readonly Room[];
  /** Index into `rooms`. */
  readonly shown: number;
  readonly connection: { readonly state: ConnectionState; readonly reason?: string };
  readonly nick: string | undefined;
  readonly lagMs: number | undefined;
  /** The hub's command table. */
  readonly commands: readonly CommandInfo[];
  readonly composer: Composer;
  /** A word to the user in the status line, until the next key. */
  readonly hint: string | undefined;
  /** Ctrl+C was pressed: the next one quits. */
  readonly isQuitting: boolean;
  readonly nextId: number;
}

export function emptyRoom(name: string): Room {
  return { name, entries: [], pending: [], users: [], unread: 0, newBelow: 0 };
}

/** The state before anything came from the hub, with one room open. */
export function initialState(room: string, nick: string | undefined): ChatState {
  return {
    rooms: [emptyRoom(room)],
    shown: 0,
    connection: { state: "connecting" },
    nick,
    lagMs: undefined,
    commands: [],
    composer: emptyComposer(),
    hint: undefined,
    isQuitting: false,
    nextId: 1,
  };
}

/** The room on the screen. */
export function shownRoom(state: ChatState): Room {
  const room = state.rooms[state.shown];
  if (room === undefined) throw new Error(`no room ${state.shown} is open`);
  return room;
}

/** Messages on their way to the hub, in all rooms. */
export function countPending(state: ChatState): number {
  return state.rooms.reduce((sum, room) => sum + room.pending.length, 0);
}
