/** Steps back that are kept; the oldest goes first. */
export const MAX_UNDO = 100;

export interface Snapshot {
  readonly text: string;
  readonly cursor: number;
}

export type UndoStack = readonly Snapshot[];

/** Remembers a draft before it is changed. */
export function addSnapshot(stack: UndoStack, { text, cursor }: Snapshot): UndoStack {
  return stack.at(-1)?.text === text ? stack : [...stack, { text, cursor }].slice(-MAX_UNDO);
}
