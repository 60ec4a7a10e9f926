import type { Entry } from "../store/entry.ts";
import type { Words } from "../i18n/words.ts";
import type { Look } from "../theme/look.ts";
import { dayOf } from "../text/time.ts";
import { type EntryLayout, layoutEntry } from "./entry-rows.ts";

/** One row of the timeline on the screen, painted. */
export interface Row {
  /** Unique in the timeline, the same at every width. */
  readonly key: string;
  readonly entryId: number;
  /** Index of the row in its entry. */
  readonly index: number;
  readonly text: string;
  /** As it is without any paint, for the row that is chosen. */
  readonly plain: string;
}

/** How the timeline is laid out. */
export interface LayoutOptions {
  readonly width: number;
  readonly look: Look;
  readonly words: Words;
  readonly nick: string | undefined;
  /** Nothing but names and texts. */
  readonly isBare: boolean;
  /** What is searched for. */
  readonly query: string;
  /** The part of one entry's text that is chosen. */
  readonly chosenEntry?: number | undefined;
  readonly chosenFrom?: number | undefined;
  readonly chosenTo?: number | undefined;
}

/** What an entry looks like depends on the one before, and on where the user was. */
export interface EntryContext {
  readonly startsDay: boolean;
  readonly startsNew: boolean;
  /** Its author said the entry before as well, just now: the name stands there. */
  readonly isGrouped: boolean;
}

/** Rows of one entry of a timeline. */
export type LayoutRows = (
  entries: readonly Entry[],
  index: number,
  readUpTo: number | undefined,
) => readonly Row[];

/** Messages of one author so close to each other belong together. */
const GROUP_MS = 300_000;

/** Entries whose rows are kept; beyond it they are laid out anew as they are seen. A screen has a hundred at most. */
const MAX_LAID_OUT = 2000;

/** The layout for a width; rows are kept for as long as their entry and what they depend on are the same. */
export function createLayout(options: LayoutOptions): LayoutRows {
  let cache = new WeakMap<Entry, { readonly context: EntryContext; readonly rows: readonly Row[] }>();
  let laidOut = 0;
  const layout = createEntryLayout(options);
  return (entries, index, readUpTo) => {
    const entry = entries[index];
    if (entry === undefined) return [];
    const context = contextOf(entries[index - 1], entry, readUpTo);
    const cached = cache.get(entry);
    if (cached !== undefined && isSame(cached.context, context)) return cached.rows;
    const rows = layoutEntry(entry, context, layout);
    if (++laidOut > MAX_LAID_OUT) {
      cache = new WeakMap();
      laidOut = 0;
    }
    cache.set(entry, { context, rows });
    return rows;
  };
}

function contextOf(before: Entry | undefined, entry: Entry, readUpTo: number | undefined): EntryContext {
  const startsDay = before === undefined || dayOf(before.at) !== dayOf(entry.at);
  const startsNew =
    readUpTo !== undefined && (before === undefined ? readUpTo === 0 : before.id === readUpTo);
  const isGrouped =
    !startsDay &&
    !startsNew &&
    before?.kind === "say" &&
    entry.kind === "say" &&
    before.from === entry.from &&
    entry.replyTo === undefined &&
    entry.at - before.at < GROUP_MS;
  return { startsDay, startsNew, isGrouped };
}

function isSame(one: EntryContext, other: EntryContext): boolean {
  return (
    one.startsDay === other.startsDay &&
    one.startsNew === other.startsNew &&
    one.isGrouped === other.isGrouped
  );
}

const TIME_WIDTH = "12:01 ".length;
const MAX_NAME_WIDTH = 12;
const MIN_NAME_WIDTH = 4;
/** Narrower timelines spend no cells on the time. */
const MIN_WIDTH_WITH_TIME = 40;
const GAP = 2;

function createEntryLayout(options: LayoutOptions): EntryLayout {
  const { width, isBare } = options;
  const timeWidth = !isBare && width >= MIN_WIDTH_WITH_TIME ? TIME_WIDTH : 0;
  const nameWidth = isBare
    ? 0
    : Math.min(MAX_NAME_WIDTH, Math.max(MIN_NAME_WIDTH, Math.floor(width / 5))) + GAP;
  return { ...options, timeWidth, nameWidth, bodyWidth: Math.max(1, width - timeWidth - nameWidth) };
}
