/** What stands between the talk and the status line while an overlay is open. */
export interface Panel {
  readonly title: string;
  readonly rows: readonly PanelRow[];
  /** Said when there is no row. */
  readonly empty?: string;
  /** The row that is kept in sight. */
  readonly index: number;
  /** Takes the whole height. */
  readonly isTall?: boolean;
}

export interface PanelRow {
  readonly text: string;
  /** Dimmed, at the right of a column. */
  readonly detail?: string;
  readonly style?: "title" | "selected";
}

/** What stands in the place of the draft while an overlay takes text. */
export interface QueryLine {
  readonly prompt: string;
  readonly query: string;
}

/** The rows of a panel that fit, with `index` among them. */
export function cropPanel(panel: Panel, height: number): readonly PanelRow[] {
  const first = Math.max(0, Math.min(panel.index - Math.floor(height / 2), panel.rows.length - height));
  return panel.rows.slice(first, first + height);
}
