import stringWidth from "string-width";

/** Texts whose width is known; beyond it the cache begins anew. */
const MAX_CACHED = 5000;
/** Longer texts are measured each time. */
const MAX_LENGTH = 1000;

// One cell for each of them. What `string-width` needs to know it takes 20 ms to prepare: before the first frame that counts.
const ONE_CELL = /^[ -~·–—‘’“”…↑→↓─│┌└┴▸●]*$/;
// oxlint-disable-next-line no-control-regex
const SGR = /\u001b\[[\d;]*m/g;

let widths = new Map<string, number>();

/** `string-width`, which Ink asks for every row of every frame. */
export default function cachedStringWidth(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (options !== undefined || text.length > MAX_LENGTH) return stringWidth(text, options);
  const known = widths.get(text);
  if (known !== undefined) return known;
  const bare = text.includes("\u001b") ? text.replaceAll(SGR, "") : text;
  const width = ONE_CELL.test(bare) ? bare.length : stringWidth(text);
  if (widths.size >= MAX_CACHED) widths = new Map();
  widths.set(text, width);
  return width;
}
