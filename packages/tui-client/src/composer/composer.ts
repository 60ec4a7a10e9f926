import { boundaryAtOrAfter, nextBoundary, previousBoundary } from "../text/graphemes.ts";
import { type History, emptyHistory, remember } from "./history.ts";

/** Longest draft, in UTF-16 units; what does not fit is not taken in. */
export const MAX_DRAFT_LENGTH = 16_384;

/** The message that is being written. */
export interface Composer {
  readonly text: string;
  /** Where the next character goes: an index into `text`, always between two graphemes. */
  readonly cursor: number;
  readonly history: History;
  /** Lines of a paste that waits for Enter to confirm it; 0 when there is none. */
  readonly pastedLines: number;
}

export type ComposerAction =
  | { readonly type: "insert"; readonly text: string }
  | { readonly type: "paste"; readonly text: string }
  | { readonly type: "backspace" | "delete" | "left" | "right" | "word-left" | "word-right" }
  | { readonly type: "line-start" | "line-end" | "up" | "down" }
  | { readonly type: "kill-to-end" | "kill-to-start" | "kill-word" }
  | { readonly type: "clear" }
  /** The draft was sent: remember it and begin anew. */
  | { readonly type: "sent" }
  | { readonly type: "replace"; readonly text: string; readonly cursor: number };

export function emptyComposer(): Composer {
  return { text: "", cursor: 0, history: emptyHistory(), pastedLines: 0 };
}

export function reduceComposer(state: Composer, action: ComposerAction): Composer {
  const { text, cursor } = state;
  switch (action.type) {
    case "insert":
      return insert(state, action.text);
    case "paste":
      return paste(state, action.text);
    case "backspace":
      return remove(state, previousBoundary(text, cursor), cursor);
    case "delete":
      return remove(state, cursor, nextBoundary(text, cursor));
    case "left":
      return { ...state, cursor: previousBoundary(text, cursor) };
    case "right":
      return { ...state, cursor: nextBoundary(text, cursor) };
    case "word-left":
      return { ...state, cursor: wordStart(text, cursor) };
    case "word-right":
      return { ...state, cursor: wordEnd(text, cursor) };
    case "line-start":
      return { ...state, cursor: lineStart(text, cursor) };
    case "line-end":
      return { ...state, cursor: lineEnd(text, cursor) };
    case "kill-to-end":
      return remove(state, cursor, lineEnd(text, cursor));
    case "kill-to-start":
      return remove(state, lineStart(text, cursor), cursor);
    case "kill-word":
      return remove(state, wordStart(text, cursor), cursor);
    case "up":
      return lineStart(text, cursor) === 0 ? recall(state, -1) : moveLine(state, -1);
    case "down":
      return lineEnd(text, cursor) === text.length ? recall(state, 1) : moveLine(state, 1);
    case "clear":
      return { ...state, text: "", cursor: 0, pastedLines: 0 };
    case "sent":
      return { text: "", cursor: 0, pastedLines: 0, history: remember(state.history, text) };
    case "replace":
      return edit(state, action.text, action.cursor);
  }
}

function edit(state: Composer, text: string, cursor: number): Composer {
  if (text.length > MAX_DRAFT_LENGTH) return state;
  // What was typed may join the characters around it to one grapheme.
  return { ...state, text, cursor: boundaryAtOrAfter(text, cursor) };
}

function insert(state: Composer, piece: string): Composer {
  const { text, cursor } = state;
  return edit(state, text.slice(0, cursor) + piece + text.slice(cursor), cursor + piece.length);
}

function paste(state: Composer, pasted: string): Composer {
  const room = MAX_DRAFT_LENGTH - state.text.length;
  const piece = pasted.replace(/\n+$/, "").slice(0, room).toWellFormed();
  const lines = piece.split("\n").length;
  const next = insert(state, piece);
  return lines > 1 ? { ...next, pastedLines: lines } : next;
}

function remove(state: Composer, from: number, to: number): Composer {
  if (from === to) return state;
  const { text } = state;
  const rest = text.slice(0, from) + text.slice(to);
  return { ...edit(state, rest, from), pastedLines: rest === "" ? 0 : state.pastedLines };
}

const isBlank = (text: string, index: number) => /\s/.test(text.charAt(index));

function wordStart(text: string, cursor: number): number {
  let at = cursor;
  while (at > 0 && isBlank(text, at - 1)) at--;
  while (at > 0 && !isBlank(text, at - 1)) at--;
  // A mark after a blank makes one grapheme with it.
  return boundaryAtOrAfter(text, at) === at ? at : previousBoundary(text, at);
}

function wordEnd(text: string, cursor: number): number {
  let at = cursor;
  while (at < text.length && isBlank(text, at)) at++;
  while (at < text.length && !isBlank(text, at)) at++;
  return boundaryAtOrAfter(text, at);
}

function lineStart(text: string, cursor: number): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf("\n", cursor);
  return end === -1 ? text.length : end;
}

function moveLine(state: Composer, by: -1 | 1): Composer {
  const { text, cursor } = state;
  const column = cursor - lineStart(text, cursor);
  const target = by < 0 ? lineStart(text, lineStart(text, cursor) - 1) : lineEnd(text, cursor) + 1;
  const wanted = Math.min(target + column, lineEnd(text, target));
  return { ...state, cursor: boundaryAtOrAfter(text, wanted) };
}

function recall(state: Composer, by: -1 | 1): Composer {
  const { history } = state;
  const position = history.position + by;
  if (position < 0 || position > history.lines.length) return state;
  // The draft that was left is where one comes back to below the newest line.
  const draft = history.position === history.lines.length ? state.text : history.draft;
  const text = history.lines[position] ?? draft;
  return { text, cursor: text.length, pastedLines: 0, history: { ...history, position, draft } };
}
