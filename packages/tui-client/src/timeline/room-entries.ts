import type { Entry, Room } from "../store/state.ts";

/** What a room's timeline shows: what is stored, then our messages that are not yet. */
export function entriesOf(room: Room): readonly Entry[] {
  return room.pending.length === 0 ? room.entries : [...room.entries, ...room.pending];
}
