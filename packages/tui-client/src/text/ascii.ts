import { graphemesOf } from "./graphemes.ts";
import { textWidth } from "./width.ts";

const SIGNS: Readonly<Record<string, string>> = {
  "…": "~",
  "·": "-",
  "─": "-",
  "│": "|",
  "┴": "+",
  "“": '"',
  "”": '"',
  "‘": "'",
  "’": "'",
  "–": "-",
  "—": "-",
  "×": "x",
};

/**
 * The text in ASCII, in as many cells as before: what has no sign there is a `?` for each cell. In an 8-bit locale the
 * bytes of UTF-8 would draw rubbish, and some of them are controls.
 */
export function toAscii(text: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  return graphemesOf(text)
    .map((grapheme) =>
      /^[ -~\n]+$/.test(grapheme) ? grapheme : (SIGNS[grapheme] ?? "?".repeat(textWidth(grapheme))),
    )
    .join("");
}
