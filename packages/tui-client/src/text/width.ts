import stringWidth from "../terminal/cached-string-width.ts";
import { graphemesOf } from "./graphemes.ts";

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Terminal cells that a text without controls takes; the same measure as Ink's. */
export function textWidth(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** The text, or its beginning and an ellipsis, in at most `width` cells. */
export function truncateText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 1;
  for (const grapheme of graphemesOf(text)) {
    used += textWidth(grapheme);
    if (used > width) break;
    kept += grapheme;
  }
  return `${kept}…`;
}

/** The text in exactly `width` cells: cut, or with blanks behind it. */
export function fitText(text: string, width: number): string {
  const cut = truncateText(text, width);
  return cut + " ".repeat(Math.max(0, width - textWidth(cut)));
}

/**
 * Breaks each line of the text into rows of at most `width` cells: at blanks where there are some, else between
 * graphemes. A grapheme wider than the row stands alone.
 */
export function wrapText(text: string, width: number): string[] {
  const rows: string[] = [];
  for (const line of text.split("\n")) wrapLine(line, Math.max(1, width), rows);
  return rows;
}

function wrapLine(line: string, width: number, rows: string[]): void {
  if (textWidth(line) <= width) {
    rows.push(line);
    return;
  }
  const firstRow = rows.length;
  let row = "";
  let rowWidth = 0;
  /** Where the row may be broken: just behind its last blank. */
  let breakAt = 0;
  for (const grapheme of graphemesOf(line)) {
    const cells = textWidth(grapheme);
    // Twice where the rest behind the blank leaves no place for a wide grapheme either.
    while (rowWidth + cells > width && row !== "") {
      const end = breakAt > 0 && grapheme !== " " ? breakAt : row.length;
      rows.push(row.slice(0, end).trimEnd());
      row = row.slice(end);
      rowWidth = textWidth(row);
      breakAt = 0;
    }
    if (grapheme === " " && row === "" && rows.length > firstRow) continue;
    row += grapheme;
    rowWidth += cells;
    if (grapheme === " ") breakAt = row.length;
  }
  if (row !== "") rows.push(row.trimEnd());
}
