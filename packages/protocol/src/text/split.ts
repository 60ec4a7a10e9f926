const encoder = new TextEncoder();

/**
 * Takes the longest start of `text` that fits into `maxBytes` of UTF-8, cut behind a line where there is one,
 * else behind a blank, else between two code points.
 * @returns how many UTF-16 units of `text` that is; 0 only when not even one code point fits.
 */
export function fittingLength(text: string, maxBytes: number): number {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so short texts need no measuring.
  if (text.length * 3 <= maxBytes) return text.length;
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes));
  if (read === text.length) return read;
  const line = text.lastIndexOf("\n", read - 1);
  if (line >= 0) return line + 1;
  const blank = text.lastIndexOf(" ", read - 1);
  // A cut behind a very early blank would waste the datagram.
  return blank >= read / 2 ? blank + 1 : read;
}
