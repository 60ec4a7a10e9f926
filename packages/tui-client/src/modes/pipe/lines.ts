import type { Words } from "../../i18n/words.ts";

/** A line of standard input. */
export interface InputLine {
  /** Counts from 1. */
  readonly number: number;
  readonly text: string;
}

/** Longest line of standard input, in bytes. */
export const MAX_LINE_BYTES = 4000;

const LF = 0x0a;

/**
 * The lines of a byte stream without their ends; blank ones are left out.
 * @param onRefused is told, with the line's number, of one that is longer than `MAX_LINE_BYTES` or not UTF-8; what it throws ends
 *   the reading, else the line is left out.
 */
export async function* readLines(
  input: AsyncIterable<Uint8Array | string>,
  words: Words,
  onRefused: (error: Error) => void = (error) => {
    throw error;
  },
): AsyncGenerator<InputLine> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = Buffer.alloc(0);
  let number = 0;
  /** What comes belongs to a line that was refused before its end. */
  let isRefused = false;

  function toLine(bytes: Buffer): InputLine | undefined {
    number++;
    if (bytes.length > MAX_LINE_BYTES) {
      onRefused(new Error(words.pipe.lineTooLong(number, MAX_LINE_BYTES)));
      return undefined;
    }
    try {
      const text = decoder.decode(bytes).replace(/\r$/, "");
      return text.trim() === "" ? undefined : { number, text };
    } catch (error) {
      onRefused(new Error(words.pipe.lineNotUtf8(number), { cause: error }));
      return undefined;
    }
  }

  for await (const chunk of input) {
    let bytes = Buffer.concat([rest, typeof chunk === "string" ? Buffer.from(chunk) : chunk]);
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF)) {
      const line = isRefused ? undefined : toLine(bytes.subarray(0, end));
      isRefused = false;
      bytes = bytes.subarray(end + 1);
      if (line !== undefined) yield line;
    }
    if (bytes.length > MAX_LINE_BYTES) {
      if (!isRefused) toLine(bytes);
      isRefused = true;
      bytes = Buffer.alloc(0);
    }
    rest = bytes;
  }
  if (rest.length > 0 && !isRefused) {
    const line = toLine(rest);
    if (line !== undefined) yield line;
  }
}
