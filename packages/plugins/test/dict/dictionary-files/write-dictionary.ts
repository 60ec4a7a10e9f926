import { writeFileSync } from "node:fs";
import { constants, deflateRawSync } from "node:zlib";

export interface Word {
  readonly word: string;
  readonly text: string | Buffer;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function join(words: readonly Word[]) {
  let offset = 0;
  const entries = words.map(({ word, text }) => {
    const bytes = Buffer.from(text as string);
    const entry = { word, offset, size: bytes.length, bytes };
    offset += bytes.length;
    return entry;
  });
  return { entries, data: Buffer.concat(entries.map(({ bytes }) => bytes)) };
}

/** Writes `base.ifo`, `base.idx` and `base.dict` as StarDict's format description has them. */
export function writeStarDict(
  base: string,
  words: readonly Word[],
  options: { readonly info?: readonly string[]; readonly wide?: boolean } = {},
): { readonly index: Buffer; readonly data: Buffer } {
  const { entries, data } = join(words);
  const index = Buffer.concat(
    entries.map(({ word, offset, size }) => {
      const tail = Buffer.alloc(options.wide ? 12 : 8);
      if (options.wide) tail.writeBigUInt64BE(BigInt(offset));
      else tail.writeUInt32BE(offset);
      tail.writeUInt32BE(size, tail.length - 4);
      return Buffer.concat([Buffer.from(`${word}\0`), tail]);
    }),
  );
  writeFileSync(`${base}.idx`, index);
  writeFileSync(`${base}.dict`, data);
  writeInfo(base, words.length, index.length, options.info);
  return { index, data };
}

export function writeInfo(
  base: string,
  count: number,
  bytes: number,
  more: readonly string[] = ["sametypesequence=m"],
) {
  const version = more.some((line) => line.startsWith("idxoffsetbits")) ? "3.0.0" : "2.4.2";
  const lines = [
    `version=${version}`,
    "bookname=A test",
    `wordcount=${count}`,
    `idxfilesize=${bytes}`,
    ...more,
  ];
  writeFileSync(`${base}.ifo`, ["StarDict's dict ifo file", ...lines, ""].join("\n"));
}

export function writeSynonyms(base: string, synonyms: readonly (readonly [string, number])[]): void {
  writeFileSync(
    `${base}.syn`,
    Buffer.concat(
      synonyms.map(([word, entry]) => {
        const tail = Buffer.alloc(4);
        tail.writeUInt32BE(entry);
        return Buffer.concat([Buffer.from(`${word}\0`), tail]);
      }),
    ),
  );
}

/** Writes `base.index` and `base.dict` as dictd(8) has them. */
export function writeDictd(base: string, words: readonly Word[]): void {
  const { entries, data } = join(words);
  const lines = entries.map(({ word, offset, size }) => `${word}\t${toBase64(offset)}\t${toBase64(size)}\n`);
  writeFileSync(`${base}.index`, lines.join(""));
  writeFileSync(`${base}.dict`, data);
}

function toBase64(value: number): string {
  return (value >= 64 ? toBase64(Math.floor(value / 64)) : "") + digits[value % 64]!;
}

/** Packs as dictzip(1): chunks that unpack by themselves, their sizes in the header. */
export function packDictzip(data: Buffer, chunkBytes = 100): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < data.length; at += chunkBytes) {
    const flush = { finishFlush: constants.Z_FULL_FLUSH };
    chunks.push(deflateRawSync(data.subarray(at, at + chunkBytes), flush));
  }
  const extra = Buffer.alloc(10 + 2 * chunks.length);
  extra.write("RA");
  extra.writeUInt16LE(extra.length - 4, 2);
  extra.writeUInt16LE(1, 4);
  extra.writeUInt16LE(chunkBytes, 6);
  extra.writeUInt16LE(chunks.length, 8);
  chunks.forEach((chunk, index) => extra.writeUInt16LE(chunk.length, 10 + 2 * index));
  const length = Buffer.alloc(2);
  length.writeUInt16LE(extra.length);
  const header = Buffer.from([0x1f, 0x8b, 8, 4 | 8, 0, 0, 0, 0, 0, 3]);
  return Buffer.concat([header, length, extra, Buffer.from("name.dict\0"), ...chunks, Buffer.alloc(8)]);
}
