import type { RoomMessage } from "@palaver/client";
import { sanitizeName, sanitizeText } from "../text/sanitize.ts";
import { type Entry, MAX_ENTRIES } from "./state.ts";

/** A stored message as an entry, cleaned. */
export function entryOf(message: RoomMessage, id: number): Entry {
  const { seq, at, from, kind, text } = message;
  const entry = {
    id,
    at,
    from: sanitizeName(from),
    kind,
    text: sanitizeText(text),
    delivery: "stored",
  } as const;
  // Notices are not stored and carry 0: they stand where they come.
  return seq === 0 ? entry : { ...entry, seq };
}

/**
 * The entries with further ones, in the hub's order, each message once. A number that starts again with a later time
 * comes from a hub that lost its store, and goes to the end.
 */
export function addEntries(entries: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const all = [...entries];
  for (const entry of added) place(all, entry);
  return all.length > MAX_ENTRIES ? all.slice(-MAX_ENTRIES) : all;
}

function place(all: Entry[], entry: Entry): void {
  const { seq } = entry;
  const last = all.findLast((other) => other.seq !== undefined);
  if (seq === undefined || last?.seq === undefined || seq > last.seq) {
    all.push(entry);
    return;
  }
  const same = all.findLastIndex((other) => other.seq === seq);
  const other = all[same];
  if (
    other !== undefined &&
    (other.isProvisional === true || entry.isProvisional === true || other.at === entry.at)
  ) {
    // The hub's copy takes the place of what we knew from the acknowledgement; anything else is a repetition.
    if (other.isProvisional === true) all[same] = { ...entry, id: other.id };
    return;
  }
  if (entry.at > last.at) all.push(entry);
  else
    all.splice(
      all.findIndex((later) => later.seq !== undefined && later.seq > seq),
      0,
      entry,
    );
}
