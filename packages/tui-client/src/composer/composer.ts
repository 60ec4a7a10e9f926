import { boundaryAtOrAfter, nextBoundary, previousBoundary } from "../text/graphemes.ts";
import { type History, emptyHistory, remember } from "./history.ts";
import { type KillRing, addKill, rotateKills } from "./kill-ring.ts";
import { type UndoStack, addSnapshot } from "./undo.ts";
import { lineEnd, lineStart, wordEnd, wordStart } from "./words.ts";

/** Longest draft, in UTF-16 units; what does not fit is not taken in. */
export const MAX_DRAFT_LENGTH = 65_536;

/** The message that is being written. */
export interface Composer {
  readonly text: string;
  /** Where the next character goes: an index into `text`, always between two graphemes. */
  readonly cursor: number;
  readonly history: History;
  readonly kills: KillRing;
  readonly undo: UndoStack;
  /** Lines of a paste that waits for Enter to confirm it; 0 when there is none. */
  readonly pastedLines: number;
  /** Characters of the last paste that did not fit. */
  readonly cutLength: number;
  /** What was done last: typing in a row is undone in one step, kills in a row join, only a yank can be replaced. */
  readonly last: "typing" | "kill" | "other" | { readonly yankedFrom: number };
}

/** Edits without an argument; each is a command that a key can be bound to. */
export const EDITS = [
  "backspace",
  "delete",
  "left",
  "right",
  "word-left",
  "word-right",
  "line-start",
  "line-end",
  "up",
  "down",
  "kill-to-end",
  "kill-to-start",
  "kill-word",
  "kill-word-right",
  "yank",
  "yank-pop",
  "undo",
] as const;

export type ComposerAction =
  | { readonly type: "insert"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: (typeof EDITS)[number] }
  | { readonly type: "clear" }
  /** The draft was sent: remember it and begin anew. */
  | { readonly type: "sent" }
  | { readonly type: "replace"; readonly text: string; readonly cursor: number }
  /** A line of the history, by its place there. */
  | { readonly type: "recall"; readonly position: number };

export function emptyComposer(history: History = emptyHistory()): Composer {
  return { text: "", cursor: 0, history, kills: [], undo: [], pastedLines: 0, cutLength: 0, last: "other" };
}

export function reduceComposer(state: Composer, action: ComposerAction): Composer {
  const { text, cursor } = state;
  switch (action.type) {
    case "insert":
      return insert(state, action.text);
    case "paste":
      return paste(state, action.text);
    case "backspace":
      return change(state, { from: previousBoundary(text, cursor), to: cursor });
    case "delete":
      return change(state, { from: cursor, to: nextBoundary(text, cursor) });
    case "left":
      return moved(state, previousBoundary(text, cursor));
    case "right":
      return moved(state, nextBoundary(text, cursor));
    case "word-left":
      return moved(state, wordStart(text, cursor));
    case "word-right":
      return moved(state, wordEnd(text, cursor));
    case "line-start":
      return moved(state, lineStart(text, cursor));
    case "line-end":
      return moved(state, lineEnd(text, cursor));
    case "kill-to-end":
      // At the end of a line its line end goes, as in emacs: else the key would do nothing there.
      return kill(state, cursor, Math.max(lineEnd(text, cursor), nextBoundary(text, cursor)), "behind");
    case "kill-to-start":
      return kill(state, lineStart(text, cursor), cursor, "before");
    case "kill-word":
      return kill(state, wordStart(text, cursor), cursor, "before");
    case "kill-word-right":
      return kill(state, cursor, wordEnd(text, cursor), "behind");
    case "yank":
      return yank(state, cursor, state.kills);
    case "yank-pop":
      return typeof state.last === "object"
        ? yank(state, state.last.yankedFrom, rotateKills(state.kills))
        : state;
    case "undo":
      return undo(state);
    case "up":
      return lineStart(text, cursor) === 0 ? recall(state, state.history.position - 1) : moveLine(state, -1);
    case "down":
      return lineEnd(text, cursor) === text.length
        ? recall(state, state.history.position + 1)
        : moveLine(state, 1);
    case "clear":
      return { ...change(state, { from: 0, to: text.length }), pastedLines: 0 };
    case "sent":
      return { ...emptyComposer(remember(state.history, text)), kills: state.kills };
    case "replace":
      return change(state, { from: 0, to: text.length, piece: action.text, cursor: action.cursor });
    case "recall":
      return recall(state, action.position);
  }
}

interface Change {
  readonly from: number;
  readonly to: number;
  readonly piece?: string;
  /** Default: behind the piece. */
  readonly cursor?: number;
  readonly last?: Composer["last"];
}

/** The one place where the draft's text changes. */
function change(state: Composer, { from, to, piece = "", cursor, last = "other" }: Change): Composer {
  const text = state.text.slice(0, from) + piece + state.text.slice(to);
  if (text.length > MAX_DRAFT_LENGTH || (from === to && piece === "")) return state;
  const isTypingOn = last === "typing" && state.last === "typing" && !/\s/.test(piece);
  return {
    ...state,
    text,
    // What was typed may join the characters around it to one grapheme.
    cursor: boundaryAtOrAfter(text, cursor ?? from + piece.length),
    undo: isTypingOn ? state.undo : addSnapshot(state.undo, state),
    pastedLines: text === "" ? 0 : state.pastedLines,
    cutLength: 0,
    last,
  };
}

const moved = (state: Composer, cursor: number): Composer => ({ ...state, cursor, last: "other" });

function insert(state: Composer, piece: string): Composer {
  return change(state, { from: state.cursor, to: state.cursor, piece, last: "typing" });
}

function paste(state: Composer, pasted: string): Composer {
  const whole = pasted.replace(/\n+$/, "");
  const piece = whole.slice(0, MAX_DRAFT_LENGTH - state.text.length).toWellFormed();
  const next = change(state, { from: state.cursor, to: state.cursor, piece });
  const lines = piece.split("\n").length;
  return {
    ...next,
    pastedLines: lines > 1 ? lines : next.pastedLines,
    cutLength: whole.length - piece.length,
  };
}

function kill(state: Composer, from: number, to: number, side: "before" | "behind"): Composer {
  const kills = addKill(state.kills, state.text.slice(from, to), { joins: state.last === "kill", side });
  return { ...change(state, { from, to, last: "kill" }), kills };
}

function yank(state: Composer, from: number, kills: KillRing): Composer {
  const [piece] = kills;
  if (piece === undefined) return state;
  const next = change(state, { from, to: state.cursor, piece, last: { yankedFrom: from } });
  return { ...next, kills };
}

function undo(state: Composer): Composer {
  const before = state.undo.at(-1);
  if (before === undefined) return state;
  return { ...state, ...before, undo: state.undo.slice(0, -1), pastedLines: 0, last: "other" };
}

function moveLine(state: Composer, by: -1 | 1): Composer {
  const { text, cursor } = state;
  const column = cursor - lineStart(text, cursor);
  const target = by < 0 ? lineStart(text, lineStart(text, cursor) - 1) : lineEnd(text, cursor) + 1;
  const wanted = Math.min(target + column, lineEnd(text, target));
  return moved(state, boundaryAtOrAfter(text, wanted));
}

function recall(state: Composer, position: number): Composer {
  const { history } = state;
  if (position < 0 || position > history.lines.length) return state;
  // The draft that was left is where one comes back to below the newest line.
  const draft = history.position === history.lines.length ? state.text : history.draft;
  const text = history.lines[position] ?? draft;
  return {
    ...state,
    text,
    cursor: text.length,
    pastedLines: 0,
    undo: [],
    last: "other",
    history: { ...history, position, draft },
  };
}
