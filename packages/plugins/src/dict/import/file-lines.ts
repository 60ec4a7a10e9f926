import { createReadStream } from "node:fs";

const chunkBytes = 1 << 18;
const newline = 10;

/**
 * Reads whole lines of a UTF-8 file, about a megabyte at a time. `position` is the offset behind them: reading
 * can go on there later.
 */
export async function* readLines(
  path: string,
  start: number,
): AsyncGenerator<{ readonly lines: string[]; readonly position: number }> {
  let position = start;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start, highWaterMark: chunkBytes })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (end === 0) continue;
    position += end;
    yield { lines: bytes.toString("utf8", 0, end - 1).split("\n"), position };
  }
  if (rest.length > 0) yield { lines: [rest.toString("utf8")], position: position + rest.length };
}
