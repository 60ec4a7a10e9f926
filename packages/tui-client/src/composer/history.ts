/** Sent lines that are remembered; the oldest goes first. */
export const MAX_HISTORY = 500;

/** What was sent, for going back to it. */
export interface History {
  readonly lines: readonly string[];
  /** The line that is shown; `lines.length` stands for the draft below them all. */
  readonly position: number;
  /** The draft, while an older line is shown. */
  readonly draft: string;
}

export function emptyHistory(): History {
  return { lines: [], position: 0, draft: "" };
}

/** Adds a line, unless it repeats the newest one, and goes back below them all. */
export function remember(history: History, line: string): History {
  const isNew = line !== "" && line !== history.lines.at(-1);
  const lines = isNew ? [...history.lines, line].slice(-MAX_HISTORY) : history.lines;
  return { lines, position: lines.length, draft: "" };
}

/** The newest line at or before `from` that holds `query`, whatever the case; its index, or -1. */
export function searchHistory({ lines }: History, query: string, from = Number.POSITIVE_INFINITY): number {
  const wanted = query.toLowerCase();
  return wanted === ""
    ? -1
    : lines.findLastIndex((line, index) => index <= from && line.toLowerCase().includes(wanted));
}
