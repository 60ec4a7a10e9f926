import { boundaryAtOrAfter, previousBoundary } from "../text/graphemes.ts";

const isBlank = (text: string, index: number) => /\s/.test(text.charAt(index));

/** Where the word before the cursor starts. */
export function wordStart(text: string, cursor: number): number {
  let at = cursor;
  while (at > 0 && isBlank(text, at - 1)) at--;
  while (at > 0 && !isBlank(text, at - 1)) at--;
  // A mark after a blank makes one grapheme with it.
  return boundaryAtOrAfter(text, at) === at ? at : previousBoundary(text, at);
}

/** Where the word behind the cursor ends. */
export function wordEnd(text: string, cursor: number): number {
  let at = cursor;
  while (at < text.length && isBlank(text, at)) at++;
  while (at < text.length && !isBlank(text, at)) at++;
  return boundaryAtOrAfter(text, at);
}

export function lineStart(text: string, cursor: number): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

export function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf("\n", cursor);
  return end === -1 ? text.length : end;
}
