import { graphemesOf } from "../text/graphemes.ts";
import { textWidth } from "../text/width.ts";

/** The draft as it stands on the screen. */
export interface DraftLayout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  /** In cells from the row's start. */
  readonly cursorColumn: number;
}

/** Breaks the draft at its line ends and after `width` cells, and finds the cursor's cell. */
export function layoutDraft(text: string, cursor: number, width: number): DraftLayout {
  const rows = [""];
  let column = 0;
  let index = 0;
  let cursorRow = 0;
  let cursorColumn = 0;
  const newRow = () => {
    rows.push("");
    column = 0;
  };
  const markCursor = () => {
    if (index !== cursor) return;
    cursorRow = rows.length - 1;
    cursorColumn = column;
  };

  for (const grapheme of graphemesOf(text)) {
    const cells = grapheme === "\n" ? 0 : textWidth(grapheme);
    // The cursor needs a cell of its own, also behind a row that is full.
    if (column + cells > width || (column >= width && grapheme !== "\n")) newRow();
    markCursor();
    index += grapheme.length;
    if (grapheme === "\n") newRow();
    else {
      rows[rows.length - 1] += grapheme;
      column += cells;
    }
  }
  if (column >= width) newRow();
  markCursor();
  return { rows, cursorRow, cursorColumn };
}

/** The part of the layout that fits in `maxRows`, with the cursor in it. */
export function cropDraft(layout: DraftLayout, maxRows: number): DraftLayout {
  if (layout.rows.length <= maxRows) return layout;
  const first = Math.min(Math.max(0, layout.cursorRow - maxRows + 1), layout.rows.length - maxRows);
  return {
    ...layout,
    rows: layout.rows.slice(first, first + maxRows),
    cursorRow: layout.cursorRow - first,
  };
}
