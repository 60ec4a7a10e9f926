import type { Row } from "./layout.ts";
import type { Talk } from "./talk.ts";

/** A row that stays where it is on the screen while the timeline grows or the width changes. */
export interface Anchor {
  readonly entryId: number;
  /** Index of the row in its entry. */
  readonly row: number;
}

/** A place in the timeline: an entry by index, and one of its rows. */
interface Place {
  readonly entry: number;
  readonly row: number;
}

/**
 * The rows on a screen `height` rows high whose lowest is the anchor's; without one, the newest. Only entries that are
 * seen are laid out.
 */
export function visibleRows(talk: Talk, anchor: Anchor | undefined, height: number): readonly Row[] {
  const bottom = placeOf(talk, anchor);
  if (bottom === undefined || height < 1) return [];
  const rows: Row[] = [];
  for (let at: Place | undefined = bottom; at !== undefined && rows.length < height; at = above(talk, at)) {
    rows.push(rowAt(talk, at));
  }
  rows.reverse();
  // Near the top a narrower screen may leave room below: it is filled.
  let next = below(talk, bottom);
  for (; next !== undefined && rows.length < height; next = below(talk, next)) {
    rows.push(rowAt(talk, next));
  }
  return rows;
}

/**
 * The anchor after scrolling by `by` rows, up when negative; undefined at the end of the timeline. The first row never
 * goes below the top of the screen.
 */
export function scroll(
  talk: Talk,
  anchor: Anchor | undefined,
  height: number,
  by: number,
): Anchor | undefined {
  let at = placeOf(talk, anchor);
  if (at === undefined) return undefined;
  if (by > 0) {
    for (let step = 0; step < by && at !== undefined; step++) at = below(talk, at);
  } else {
    for (let step = 0; step < -by; step++) at = above(talk, at) ?? at;
    at = later(at, lowestOfFirstScreen(talk, height));
  }
  if (at === undefined || below(talk, at) === undefined) return undefined;
  const row = rowAt(talk, at);
  return { entryId: row.entryId, row: row.index };
}

function placeOf(talk: Talk, anchor: Anchor | undefined): Place | undefined {
  const { entries } = talk;
  if (entries.length === 0) return undefined;
  if (anchor === undefined) return lastRowOf(talk, entries.length - 1);
  // An entry that was dropped was the oldest: what is now the oldest stands for it.
  const entry = Math.max(
    0,
    entries.findLastIndex(({ id }) => id === anchor.entryId),
  );
  return { entry, row: Math.min(anchor.row, lastRowOf(talk, entry).row) };
}

function rowAt(talk: Talk, { entry, row }: Place): Row {
  const found = talk.rowsOf(entry)[row];
  if (found === undefined) throw new Error(`the timeline has no row ${entry}.${row}`);
  return found;
}

function lastRowOf(talk: Talk, entry: number): Place {
  return { entry, row: talk.rowsOf(entry).length - 1 };
}

function above(talk: Talk, { entry, row }: Place): Place | undefined {
  if (row > 0) return { entry, row: row - 1 };
  return entry > 0 ? lastRowOf(talk, entry - 1) : undefined;
}

function below(talk: Talk, { entry, row }: Place): Place | undefined {
  if (row < lastRowOf(talk, entry).row) return { entry, row: row + 1 };
  return entry < talk.entries.length - 1 ? { entry: entry + 1, row: 0 } : undefined;
}

function lowestOfFirstScreen(talk: Talk, height: number): Place {
  let at: Place = { entry: 0, row: 0 };
  for (let row = 1; row < height; row++) at = below(talk, at) ?? at;
  return at;
}

function later(one: Place, other: Place): Place {
  return one.entry > other.entry || (one.entry === other.entry && one.row >= other.row) ? one : other;
}

/** The anchor that brings an entry into sight, in the middle of the screen where there is enough around it. */
export function anchorAt(talk: Talk, entryId: number, height: number): Anchor | undefined {
  const entry = talk.entries.findLastIndex(({ id }) => id === entryId);
  if (entry === -1) return undefined;
  return scroll(talk, { entryId, row: 0 }, height, Math.floor(height / 2));
}

/** The anchor of the first screen; undefined when everything fits. */
export function oldestAnchor(talk: Talk, height: number): Anchor | undefined {
  const [first] = talk.entries;
  return first === undefined ? undefined : scroll(talk, { entryId: first.id, row: 0 }, height, 0);
}
