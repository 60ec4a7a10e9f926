import type { Entry } from "../store/entry.ts";
import type { Room } from "../store/state.ts";
import type { LayoutRows, Row } from "./layout.ts";

/** A room's timeline, as a screen of one width has it. */
export interface Talk {
  readonly entries: readonly Entry[];
  /** Laid out when it is asked for: only what is seen costs. */
  rowsOf(index: number): readonly Row[];
}

/** What a room's timeline shows: what is stored, then our messages that are not yet. */
export function entriesOf(room: Room): readonly Entry[] {
  return room.pending.length === 0 ? room.entries : [...room.entries, ...room.pending];
}

export function createTalk(room: Room, layout: LayoutRows): Talk {
  const entries = entriesOf(room);
  return { entries, rowsOf: (index) => layout(entries, index, room.readUpTo) };
}
