import { createReadStream } from "node:fs";

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads the objects of a JSON array file piece by piece: parsed whole, CC-CEDICT takes 200 MB.
 * `position` is the offset behind them: reading can go on there later.
 */
export async function* readJsonRecords(
  path: string,
  start: number,
): AsyncGenerator<{ readonly records: unknown[]; readonly position: number }> {
  let position = start;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start, highWaterMark: 1 << 18 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    const records: unknown[] = [];
    let done = 0;
    let begin = 0;
    let depth = 0;
    let inString = false;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at];
      if (inString) {
        if (byte === backslash) at++;
        else if (byte === quote) inString = false;
      } else if (byte === quote) inString = true;
      else if (byte === openBrace && depth++ === 0) begin = at;
      else if (byte === closeBrace && --depth === 0) {
        done = at + 1;
        records.push(JSON.parse(bytes.toString("utf8", begin, done)) as unknown);
      }
    }
    rest = bytes.subarray(done);
    position += done;
    yield { records, position };
  }
}
