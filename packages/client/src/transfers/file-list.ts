import { cleanText } from "@palaver/protocol";
import type { Connection } from "../connection.ts";
import { problem } from "../hub-error.ts";
import { readChecksum, readCount, readFields, readText, type StoredFile } from "./transfer.ts";

/** A file in the hub's list. */
export interface FileInfo extends StoredFile {
  /** When it was stored; milliseconds since 1970. */
  readonly at: number;
  /** Who stored it; empty when the hub knows no name. */
  readonly from: string;
  /** Where it was shared; absent: it is for everybody. */
  readonly room?: string;
  readonly own: boolean;
}

/** Pages that are read at most; of 50 files each. */
const MAX_PAGES = 1000;

/** The files that we may fetch, the newest first. @throws {HubError} */
export async function* listFiles(
  connection: Connection,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<FileInfo, void, undefined> {
  let below: number | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const words = below === undefined ? [] : [String(below)];
    const { files, more } = readFields(await dataOf(connection, "ls", words, signal));
    if (!Array.isArray(files)) throw problem("PROTOCOL", "filesUnreadable");
    for (const file of files) yield readInfo(file);
    if (more === undefined || more === null) return;
    const next = readCount(more);
    if (below !== undefined && next >= below) return;
    below = next;
  }
}

/** Removes a file of ours by its number or name. @throws {HubError} */
export async function removeFile(
  connection: Connection,
  which: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ readonly file: number; readonly name: string }> {
  const { file, name } = readFields(await dataOf(connection, "rm", [which], signal));
  return { file: readCount(file), name: cleanText(readText(name)) };
}

async function dataOf(
  connection: Connection,
  command: string,
  words: readonly string[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  let data: unknown;
  for await (const piece of connection.run(command, words, { signal }))
    if (piece.type === "text" && piece.data !== undefined) ({ data } = piece);
  return data;
}

function readInfo(data: unknown): FileInfo {
  const { file, name, size, sha256, at, from, room, own } = readFields(data);
  return {
    file: readCount(file),
    name: cleanText(readText(name)),
    size: readCount(size),
    sha256: readChecksum(sha256),
    at: readCount(at),
    from: cleanText(readText(from)),
    ...(typeof room === "string" && { room: cleanText(room) }),
    own: own === true,
  };
}
