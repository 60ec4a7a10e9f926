import stringWidth from "string-width";

/** Texts whose width is known; beyond it the cache begins anew. */
const MAX_CACHED = 5000;
/** Longer texts are measured each time. */
const MAX_LENGTH = 1000;

let widths = new Map<string, number>();

/** `string-width`, which Ink asks for every row of every frame. */
export default function cachedStringWidth(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (options !== undefined || text.length > MAX_LENGTH) return stringWidth(text, options);
  const known = widths.get(text);
  if (known !== undefined) return known;
  if (widths.size >= MAX_CACHED) widths = new Map();
  const width = stringWidth(text);
  widths.set(text, width);
  return width;
}
