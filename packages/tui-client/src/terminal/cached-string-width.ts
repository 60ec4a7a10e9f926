import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { graphemesOf } from "../text/graphemes.ts";

/** Texts whose width is known; beyond it the cache begins anew. */
const MAX_CACHED = 5000;
/** Longer texts are measured each time. */
const MAX_LENGTH = 1000;

// One cell for each of them. What `string-width` needs to know it takes 20 ms to prepare: before the first frame that counts.
const ONE_CELL = /^[ -~·–—‘’“”…↑→↓─│┌└┴▸●]*$/;
// oxlint-disable-next-line no-control-regex
const SGR = /\u001b\[[\d;]*m/g;
// Scripts of South and South-East Asia, in which several letters can be one grapheme.
const MAY_JOIN =
  /[\u0900-\u0dff\u0e33\u0eb3\u1000-\u109f\u1780-\u17ff\u1a20-\u1cff\ua800-\ua9ff\uaa60-\uabff]/;
const TAKES_NO_CELL = /[\p{Mn}\p{Me}\p{Cf}]/u;

let widths = new Map<string, number>();

/**
 * `string-width`, which Ink asks for every row of every frame, with one difference: of letters that join to one grapheme, as
 * in क्षि, some terminals give a cell to each. They get as many, or what follows would be drawn over the last one; a
 * terminal that needs fewer shows a blank.
 */
export default function cachedStringWidth(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (options !== undefined) return stringWidth(text, options);
  if (text.length > MAX_LENGTH) return measure(text);
  const known = widths.get(text);
  if (known !== undefined) return known;
  const width = measure(text);
  if (widths.size >= MAX_CACHED) widths = new Map();
  widths.set(text, width);
  return width;
}

function measure(text: string): number {
  const bare = text.includes("\u001b") ? text.replaceAll(SGR, "") : text;
  if (ONE_CELL.test(bare)) return bare.length;
  if (!MAY_JOIN.test(bare)) return stringWidth(bare);
  return graphemesOf(stripVTControlCharacters(bare)).reduce(
    (sum, grapheme) => sum + widthOfGrapheme(grapheme),
    0,
  );
}

function widthOfGrapheme(grapheme: string): number {
  const width = stringWidth(grapheme);
  if (!MAY_JOIN.test(grapheme)) return width;
  const letters = Array.from(grapheme).filter((character) => !TAKES_NO_CELL.test(character));
  return Math.max(width, letters.length);
}
