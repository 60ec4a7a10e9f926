import { graphemesOf } from "../text/graphemes.ts";
import { textWidth } from "../text/width.ts";

// Graphemes of several code points and emoji: terminals do not agree on how many cells they take.
const UNSTEADY = /\p{M}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f/u;
const PIECES =
  // oxlint-disable-next-line no-control-regex
  /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b.|[\u0000-\u001f]|[^\u0000-\u001f]+/gu;

/**
 * What Ink writes, with the cursor put where Ink believes it is behind every grapheme that a terminal may measure otherwise:
 * what stands to the right of it, borders above all, is then in its place everywhere.
 */
export function steadyColumns(output: string): string {
  if (!UNSTEADY.test(output)) return output;
  let column = 0;
  return output.replace(PIECES, (piece, parameters: string | undefined, final: string | undefined) => {
    if (final !== undefined) {
      column = columnAfter(parameters ?? "", final, column);
      return piece;
    }
    if (piece === "\n" || piece === "\r") column = 0;
    if (/^[\u0000-\u001f]/.test(piece)) return piece; // oxlint-disable-line no-control-regex
    if (!UNSTEADY.test(piece)) {
      column += textWidth(piece);
      return piece;
    }
    let steady = "";
    for (const grapheme of graphemesOf(piece)) {
      column += textWidth(grapheme);
      steady += UNSTEADY.test(grapheme) ? `${grapheme}\u001b[${column + 1}G` : grapheme;
    }
    return steady;
  });
}

function columnAfter(parameters: string, final: string, column: number): number {
  if (final === "G") return (Number(parameters) || 1) - 1;
  if (final === "E" || final === "F") return 0;
  if (final === "H") return (Number(parameters.split(";")[1]) || 1) - 1;
  return column;
}
