import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { constants, inflateRawSync } from "node:zlib";

/** The texts of a dictionary, read where they are wanted. */
export interface DataFile extends Disposable {
  /** How much can be read, at most; a packed file tells it only to the chunk. */
  readonly maxBytes: number;
  /** @throws {Error} when the file ends before, or does not unpack. */
  read(offset: number, size: number): Buffer;
}

/** Unpacked chunks that are kept, of about 58 KB each. */
const maxChunks = 8;
const maxHeaderBytes = 256 * 1024;
const gzipMagic = 0x1f8b;
const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16 };

/**
 * Opens a `.dict`, or a `.dict.dz`: gzip whose header lists chunks that unpack by themselves (dictzip(1)).
 * @throws {Error} when it is packed in another way, or its header is damaged.
 */
export function openDataFile(path: string): DataFile {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const start = Buffer.alloc(Math.min(size, maxHeaderBytes));
    readSync(file, start, 0, start.length, 0);
    if (start.length > 2 && start.readUInt16BE() === gzipMagic)
      return createPacked(file, size, start, basename(path));
    return {
      maxBytes: size,
      read: (offset, bytes) => readExactly(file, offset, bytes),
      [Symbol.dispose]: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function readExactly(file: number, offset: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let done = 0;
  while (done < size) {
    const read = readSync(file, bytes, done, size - done, offset + done);
    if (read === 0) throw new Error("the dictionary's data ends before its index says");
    done += read;
  }
  return bytes;
}

function createPacked(file: number, fileBytes: number, start: Buffer, name: string): DataFile {
  const { chunkBytes, starts } = readChunkTable(start, fileBytes, name);
  const chunks = new Map<number, Buffer>();
  const unpack = (index: number): Buffer => {
    const kept = chunks.get(index);
    if (kept) {
      // The chunk that was used last is the last one to go.
      chunks.delete(index);
      chunks.set(index, kept);
      return kept;
    }
    const packed = readExactly(file, starts[index]!, starts[index + 1]! - starts[index]!);
    const chunk = inflateRawSync(packed, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: chunkBytes,
    });
    if (chunks.size >= maxChunks) chunks.delete(chunks.keys().next().value!);
    chunks.set(index, chunk);
    return chunk;
  };
  return {
    maxBytes: chunkBytes * (starts.length - 1),
    read(offset, size) {
      const pieces: Buffer[] = [];
      for (let at = offset; at < offset + size;) {
        const index = Math.floor(at / chunkBytes);
        if (index >= starts.length - 1) throw new Error("the dictionary's data ends before its index says");
        const within = at - index * chunkBytes;
        const piece = unpack(index).subarray(within, within + offset + size - at);
        if (piece.length === 0) throw new Error("the dictionary's data ends before its index says");
        pieces.push(piece);
        at += piece.length;
      }
      return Buffer.concat(pieces);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

/** Where the packed chunks begin in the file, and where the last one ends (RFC 1952, and the field `RA` of dictzip). */
function readChunkTable(
  start: Buffer,
  fileBytes: number,
  name: string,
): { chunkBytes: number; starts: number[] } {
  const damaged = () => new Error(`${name} has a damaged header`);
  if (start.length < 12 || start[2] !== 8) throw damaged();
  const flag = start[3]!;
  const extraEnd = flag & flags.extra ? 12 + start.readUInt16LE(10) : 10;
  if (extraEnd > start.length) throw damaged();
  const table = flag & flags.extra ? findField(start.subarray(12, extraEnd), "RA") : undefined;
  if (!table) throw new Error(`${name} is packed with gzip; unpack it, or pack it with dictzip`);
  if (table.length < 6 || table.readUInt16LE() !== 1) throw damaged();
  const chunkBytes = table.readUInt16LE(2);
  const count = table.readUInt16LE(4);
  if (chunkBytes === 0 || count === 0 || table.length < 6 + 2 * count) throw damaged();

  let at = extraEnd;
  for (const text of [flags.name, flags.comment]) {
    if (!(flag & text)) continue;
    const end = start.indexOf(0, at);
    if (end < 0) throw damaged();
    at = end + 1;
  }
  if (flag & flags.headerCrc) at += 2;
  const starts = [at];
  for (let index = 0; index < count; index++) starts.push((at += table.readUInt16LE(6 + 2 * index)));
  if (at > fileBytes)
    throw new Error(`${name} is cut off: its header lists ${at} bytes, it has ${fileBytes}`);
  return { chunkBytes, starts };
}

function findField(extra: Buffer, id: string): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (extra.toString("latin1", at, at + 2) === id) return extra.subarray(at + 4, end);
    at = end;
  }
  return undefined;
}
