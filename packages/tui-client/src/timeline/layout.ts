import type { Entry } from "../store/state.ts";
import { formatClock } from "../text/time.ts";
import { fitText, wrapText } from "../text/width.ts";

/** One row of the timeline on the screen. */
export interface Row {
  /** Unique in the timeline, the same at every width. */
  readonly key: string;
  readonly entryId: number;
  /** Index of the row in its entry. */
  readonly index: number;
  readonly time: string;
  readonly name: string;
  /** Whose colour the name takes; absent: none. */
  readonly colourOf?: string;
  readonly text: string;
  readonly tone: "plain" | "dim" | "failed";
}

/** Turns an entry into rows for one width of the timeline. */
export type LayoutEntry = (entry: Entry) => readonly Row[];

const TIME_WIDTH = "12:01 ".length;
const MAX_NAME_WIDTH = 12;
const MIN_NAME_WIDTH = 4;
/** Narrower timelines spend no cells on the time. */
const MIN_WIDTH_WITH_TIME = 40;
const GAP = 2;

/** The layout for a width; rows are kept for as long as their entry and the width are the same. */
export function createLayout(width: number): LayoutEntry {
  const cache = new WeakMap<Entry, readonly Row[]>();
  return (entry) => {
    const cached = cache.get(entry);
    if (cached !== undefined) return cached;
    const rows = layoutEntry(entry, width);
    cache.set(entry, rows);
    return rows;
  };
}

function layoutEntry(entry: Entry, width: number): readonly Row[] {
  const hasTime = width >= MIN_WIDTH_WITH_TIME;
  const nameWidth = Math.min(MAX_NAME_WIDTH, Math.max(MIN_NAME_WIDTH, Math.floor(width / 5)));
  const timeWidth = hasTime ? TIME_WIDTH : 0;
  const bodyWidth = Math.max(1, width - timeWidth - nameWidth - GAP);
  const { name, text, colourOf } = describe(entry);
  const tone = entry.delivery === "failed" ? "failed" : entry.delivery === "pending" ? "dim" : toneOf(entry);

  return wrapText(text, bodyWidth).map((row, index) => ({
    key: `${entry.id}.${index}`,
    entryId: entry.id,
    index,
    time: hasTime ? fitText(index === 0 ? formatClock(entry.at) : "", TIME_WIDTH) : "",
    name: fitText(index === 0 ? name : "", nameWidth + GAP),
    text: row,
    tone,
    ...(colourOf === undefined ? {} : { colourOf }),
  }));
}

const toneOf = (entry: Entry) => (entry.kind === "notice" ? "dim" : "plain");

/** Every state is told in words or signs, never by colour alone. */
function describe(entry: Entry): { name: string; text: string; colourOf?: string } {
  const mark =
    entry.delivery === "pending" ? " …" : entry.delivery === "failed" ? ` [failed: ${entry.reason}]` : "";
  const text = entry.text + mark;
  if (entry.kind === "notice") return { name: "--", text };
  if (entry.kind === "me") return { name: "*", text: `${entry.from} ${text}` };
  return { name: entry.from, text, colourOf: entry.from };
}
