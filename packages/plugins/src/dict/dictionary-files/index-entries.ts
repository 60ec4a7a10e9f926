import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { createGunzip } from "node:zlib";

/** Where the text of a headword lies in a dictionary's data. */
export interface IndexEntry {
  readonly word: string;
  readonly offset: number;
  readonly size: number;
}

const maxIndexBytes = 512 * 1024 * 1024;
/** Of a headword, and of a line of a dictd index. StarDict allows 255 bytes, and some files have more. */
const maxWordBytes = 1024;
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const newline = 10;

/**
 * Reads a StarDict `.idx`: `word NUL offset size`, big-endian, packed as they come.
 * @throws {Error} naming the place where the file is damaged.
 */
export async function* readStarDictIndex(path: string, offsetBytes: 4 | 8): AsyncGenerator<IndexEntry> {
  for await (const { text: word, tail } of readZeroEnded(path, offsetBytes + 4)) {
    const offset = offsetBytes === 8 ? Number(tail.readBigUInt64BE()) : tail.readUInt32BE();
    yield { word, offset, size: tail.readUInt32BE(offsetBytes) };
  }
}

/** Reads a StarDict `.syn`: `word NUL number`, where number counts the entries of the index. */
export async function* readSynonyms(path: string): AsyncGenerator<{ word: string; entry: number }> {
  for await (const { text: word, tail } of readZeroEnded(path, 4)) yield { word, entry: tail.readUInt32BE() };
}

/**
 * Reads a dictd `.index`: `word TAB offset TAB size` a line, in digits to the base 64, most significant first.
 * A fourth column is the word as it was before dictfmt folded it.
 */
export async function* readDictdIndex(path: string): AsyncGenerator<IndexEntry> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  const parse = (bytes: Buffer): IndexEntry => {
    line++;
    const [folded = "", offset = "", size = "", original] = bytes
      .toString("utf8")
      .replace(/\r$/, "")
      .split("\t");
    const entry = { word: original ?? folded, offset: parseNumber(offset), size: parseNumber(size) };
    if (Number.isNaN(entry.offset + entry.size) || bytes.length > maxWordBytes) {
      throw new Error(`${basename(path)}:${line} is no line of a dictd index`);
    }
    return entry;
  };
  for await (const piece of readBounded(path)) {
    const bytes = Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      if (end > start) yield parse(bytes.subarray(start, end));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > maxWordBytes) parse(rest);
  }
  if (rest.length > 0) yield parse(rest);
}

function parseNumber(text: string): number {
  if (text === "" || text.length > 8) return Number.NaN;
  let value = 0;
  for (const digit of text) {
    const worth = digits.indexOf(digit);
    if (worth < 0) return Number.NaN;
    value = value * 64 + worth;
  }
  return value;
}

/** Texts that end with a NUL, each with `tailBytes` behind it. */
async function* readZeroEnded(
  path: string,
  tailBytes: number,
): AsyncGenerator<{ text: string; tail: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  for await (const piece of readBounded(path)) {
    const bytes = Buffer.concat([rest, piece]);
    let start = 0;
    for (
      let end = bytes.indexOf(0);
      end >= 0 && end + tailBytes < bytes.length;
      end = bytes.indexOf(0, start)
    ) {
      if (end - start > maxWordBytes) break;
      count++;
      const after = end + 1 + tailBytes;
      yield { text: bytes.toString("utf8", start, end), tail: bytes.subarray(end + 1, after) };
      start = after;
    }
    rest = bytes.subarray(start);
    if (rest.length > maxWordBytes + tailBytes) {
      throw new Error(`${basename(path)} is damaged behind entry ${count}: there is no end of a word`);
    }
  }
  if (rest.length > 0) throw new Error(`${basename(path)} is cut off behind entry ${count}`);
}

/** Reads a file, unpacked if it is packed. @throws {Error} when it is too large, also unpacked. */
async function* readBounded(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const unpacked = /\.(gz|dz)$/.test(path) ? file.pipe(createGunzip()) : file;
  // What goes wrong below is said above.
  file.on("error", (error) => unpacked.destroy(error));
  let bytes = 0;
  try {
    for await (const piece of unpacked) {
      bytes += (piece as Buffer).length;
      if (bytes > maxIndexBytes) throw new Error(`${basename(path)} is larger than ${maxIndexBytes} bytes`);
      yield piece as Buffer;
    }
  } finally {
    file.destroy();
  }
}
