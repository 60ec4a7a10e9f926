import type { CommandInfo, ConnectionState, UserInfo } from "@palaver/client";
import { type Composer, emptyComposer } from "../composer/composer.ts";
import type { Anchor } from "../timeline/viewport.ts";
import type { Entry } from "./entry.ts";
import type { Overlay } from "./overlay.ts";

/** Rooms one client is in; a further one is refused. */
export const MAX_ROOMS = 50;
/** Entries kept of a room; the oldest goes first. */
export const MAX_ENTRIES = 10_000;
/** Commands of the hub that are kept for help and completion. */
export const MAX_COMMANDS = 1000;
/** Users of a room that are kept for the list and for completion. */
export const MAX_USERS = 5000;

export interface Room {
  readonly name: string;
  readonly entries: readonly Entry[];
  /** Our messages that are not acknowledged; bounded by the outbox. */
  readonly pending: readonly Entry[];
  readonly users: readonly UserInfo[];
  readonly unread: number;
  /** How many of the unread name us. */
  readonly mentions: number;
  /** The entry that was the newest when the user looked last; what is new begins below it. */
  readonly readUpTo?: number;
  /** The lowest row shown; absent: the end of the timeline, also as it grows. */
  readonly anchor?: Anchor;
  /** Messages that came below the anchor. */
  readonly newBelow: number;
  /** Who is writing, and when that was heard last. */
  readonly typing: readonly { readonly nick: string; readonly atMs: number }[];
}

/** What Enter does with the draft instead of saying it. */
export interface DraftTarget {
  readonly type: "edit" | "reply";
  readonly room: string;
  /** The hub's number of the message. */
  readonly seq: number;
  readonly from: string;
  /** The beginning of the message, in one line. */
  readonly excerpt: string;
}

export interface ChatState {
  readonly rooms: readonly Room[];
  /** Index into `rooms`. */
  readonly shown: number;
  readonly connection: {
    readonly state: ConnectionState;
    readonly reason?: string;
    readonly sinceMs?: number;
  };
  readonly nick: string | undefined;
  /** To the hub and back, as it was measured last; undefined while nobody knows. */
  readonly way:
    | {
        readonly lagMs: number;
        /** Share of the packets that were lost lately, 0 to 1. */
        readonly loss: number;
        /** Our address changed since the measurement before. */
        readonly hasRoamed: boolean;
      }
    | undefined;
  /** The hub's command table. */
  readonly commands: readonly CommandInfo[];
  readonly composer: Composer;
  readonly target: DraftTarget | undefined;
  readonly overlay: Overlay | undefined;
  /** Whether notices of who comes and goes are shown one by one, gathered, or not at all. */
  readonly coming: "grouped" | "all" | "none";
  /** The talk alone, for selecting it with the terminal's own means. */
  readonly isBare: boolean;
  /** False when the terminal said that the user looks at another window. */
  readonly isFocused: boolean;
  /** A word to the user in the status line, until the next key. */
  readonly hint: string | undefined;
  /** Ctrl+C was pressed: the next one quits. */
  readonly isQuitting: boolean;
  readonly nextId: number;
}

export function emptyRoom(name: string): Room {
  return { name, entries: [], pending: [], users: [], unread: 0, mentions: 0, newBelow: 0, typing: [] };
}

/** The state before anything came from the hub, with rooms open of which the first is shown. */
export function initialState(
  rooms: readonly string[],
  nick: string | undefined,
  coming: ChatState["coming"] = "grouped",
): ChatState {
  return {
    rooms: [...new Set(rooms)].slice(0, MAX_ROOMS).map(emptyRoom),
    shown: 0,
    connection: { state: "connecting" },
    nick,
    way: undefined,
    commands: [],
    composer: emptyComposer(),
    target: undefined,
    overlay: undefined,
    coming,
    isBare: false,
    isFocused: true,
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
