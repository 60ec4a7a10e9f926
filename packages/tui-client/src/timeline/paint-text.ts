import type { Look } from "../theme/look.ts";
import type { Role } from "../theme/themes.ts";

/** A part of a text that is painted apart; parts may overlap, the later one is painted over the earlier. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly role: Role;
  readonly href?: string;
}

/** Rows cut from `text` in order, painted: what stands in no span in `role`. */
export function paintRows(
  text: string,
  rows: readonly string[],
  spans: readonly Span[],
  look: Look,
  role: Role | undefined,
): string[] {
  const base = (piece: string) =>
    role === undefined ? look.show(piece) : look.paint(role, look.show(piece));
  if (spans.length === 0) return rows.map(base);
  let at = 0;
  return rows.map((row) => {
    // Rows leave out blanks at their ends, and nothing else.
    const from = Math.max(at, text.indexOf(row, at));
    at = from + row.length;
    return paintRow(row, from, spans, look, base);
  });
}

function paintRow(
  row: string,
  from: number,
  spans: readonly Span[],
  look: Look,
  base: (piece: string) => string,
): string {
  const to = from + row.length;
  const inside = spans.filter((span) => span.from < to && span.to > from);
  if (inside.length === 0) return base(row);
  const cuts = [...new Set([from, to, ...inside.flatMap((span) => [span.from, span.to])])]
    .filter((cut) => cut >= from && cut <= to)
    .toSorted((one, other) => one - other);
  let painted = "";
  for (const [index, start] of cuts.slice(0, -1).entries()) {
    const end = cuts[index + 1] ?? to;
    const piece = row.slice(start - from, end - from);
    const covering = inside.filter((span) => span.from <= start && span.to >= end);
    const top = covering.at(-1);
    const shown = top === undefined ? base(piece) : look.paint(top.role, look.show(piece));
    const href = covering.find((span) => span.href !== undefined)?.href;
    painted += href !== undefined && look.hasLinks ? linkTo(href, shown) : shown;
  }
  return painted;
}

/** A link of the terminal. The id keeps its rows together. */
function linkTo(href: string, shown: string): string {
  return `\u001b]8;;${href}\u0007${shown}\u001b]8;;\u0007`;
}
