import type { Entry } from "../store/state.ts";
import type { LayoutEntry, Row } from "./layout.ts";

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
export function visibleRows(
  entries: readonly Entry[],
  anchor: Anchor | undefined,
  height: number,
  layout: LayoutEntry,
): readonly Row[] {
  const bottom = placeOf(entries, anchor, layout);
  if (bottom === undefined || height < 1) return [];
  const rows: Row[] = [];
  for (
    let at: Place | undefined = bottom;
    at !== undefined && rows.length < height;
    at = above(entries, at, layout)
  ) {
    rows.push(rowAt(entries, at, layout));
  }
  rows.reverse();
  // Near the top a narrower screen may leave room below: it is filled.
  let next = below(entries, bottom, layout);
  for (; next !== undefined && rows.length < height; next = below(entries, next, layout)) {
    rows.push(rowAt(entries, next, layout));
  }
  return rows;
}

/**
 * The anchor after scrolling by `by` rows, up when negative; undefined at the end of the timeline. The first row never
 * goes below the top of the screen.
 */
export function scroll(
  entries: readonly Entry[],
  anchor: Anchor | undefined,
  height: number,
  by: number,
  layout: LayoutEntry,
): Anchor | undefined {
  let at = placeOf(entries, anchor, layout);
  if (at === undefined) return undefined;
  if (by > 0) {
    for (let step = 0; step < by && at !== undefined; step++) at = below(entries, at, layout);
  } else {
    for (let step = 0; step < -by; step++) at = above(entries, at, layout) ?? at;
    at = later(at, lowestOfFirstScreen(entries, height, layout));
  }
  if (at === undefined || below(entries, at, layout) === undefined) return undefined;
  const row = rowAt(entries, at, layout);
  return { entryId: row.entryId, row: row.index };
}

function placeOf(
  entries: readonly Entry[],
  anchor: Anchor | undefined,
  layout: LayoutEntry,
): Place | undefined {
  if (entries.length === 0) return undefined;
  if (anchor === undefined) return lastRowOf(entries, entries.length - 1, layout);
  // An entry that was dropped was the oldest: what is now the oldest stands for it.
  const entry = Math.max(
    0,
    entries.findLastIndex(({ id }) => id === anchor.entryId),
  );
  return { entry, row: Math.min(anchor.row, lastRowOf(entries, entry, layout).row) };
}

function rowsOf(entries: readonly Entry[], entry: number, layout: LayoutEntry): readonly Row[] {
  const found = entries[entry];
  return found === undefined ? [] : layout(found);
}

function rowAt(entries: readonly Entry[], { entry, row }: Place, layout: LayoutEntry): Row {
  const found = rowsOf(entries, entry, layout)[row];
  if (found === undefined) throw new Error(`the timeline has no row ${entry}.${row}`);
  return found;
}

function lastRowOf(entries: readonly Entry[], entry: number, layout: LayoutEntry): Place {
  return { entry, row: rowsOf(entries, entry, layout).length - 1 };
}

function above(entries: readonly Entry[], { entry, row }: Place, layout: LayoutEntry): Place | undefined {
  if (row > 0) return { entry, row: row - 1 };
  return entry > 0 ? lastRowOf(entries, entry - 1, layout) : undefined;
}

function below(entries: readonly Entry[], { entry, row }: Place, layout: LayoutEntry): Place | undefined {
  if (row < lastRowOf(entries, entry, layout).row) return { entry, row: row + 1 };
  return entry < entries.length - 1 ? { entry: entry + 1, row: 0 } : undefined;
}

function lowestOfFirstScreen(entries: readonly Entry[], height: number, layout: LayoutEntry): Place {
  let at: Place = { entry: 0, row: 0 };
  for (let row = 1; row < height; row++) at = below(entries, at, layout) ?? at;
  return at;
}

function later(one: Place, other: Place): Place {
  return one.entry > other.entry || (one.entry === other.entry && one.row >= other.row) ? one : other;
}
