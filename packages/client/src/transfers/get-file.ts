import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cleanText } from "@palaver/protocol";
import type { Connection } from "../connection.ts";
import { problem } from "../hub-error.ts";
import { hashStart } from "./file-content.ts";
import { createPartWriter } from "./part-writer.ts";
import {
  persist,
  prepareTransfer,
  readChecksum,
  readCount,
  readFields,
  readText,
  type StoredFile,
  type TransferOptions,
} from "./transfer.ts";

const MAX_NAME_BYTES = 250;

export interface GetOptions extends TransferOptions {
  /** Where it goes under the hub's name for it. Default: the working directory. */
  readonly directory?: string | undefined;
  /** Where it goes, name and all. */
  readonly target?: string | undefined;
  /** Replaces what is there. */
  readonly force?: boolean | undefined;
}

export interface FetchedFile extends StoredFile {
  readonly path: string;
}

/**
 * Fetches a file by its number or name. It grows as `NAME.part` beside its place and gets its name once it is whole, on
 * disk, and has the SHA-256 that the hub gave; a break, or an earlier attempt that did not end, is gone on with.
 * @throws {HubError} what the hub refuses, and FILE when something is there already or changes meanwhile. @throws {Error} of
 * the system, when it cannot be written.
 */
export async function getFile(
  connection: Connection,
  which: string,
  options: GetOptions = {},
): Promise<FetchedFile> {
  let download: Download | undefined;
  try {
    const fetched = await persist(connection, options.signal, async (onMoved) => {
      // A part of another file is found out at the end, by the SHA-256; then all is fetched anew, once.
      for (let isAnew = false; ; isAnew = true) {
        const info = await fetchInfo(connection, download ? String(download.info.file) : which, options);
        await prepareTransfer(info.size);
        if (download?.info.sha256 !== info.sha256) {
          await download?.part.close();
          download = await openDownload(info, options);
        }
        if (isAnew) await download.part.truncate(0);
        if (await receive(connection, download, options, onMoved)) return info;
        if (isAnew || download.isWhole) throw problem("PROTOCOL", "arrivedDamaged", info.name);
      }
    });
    if (!download) throw new Error("unreachable");
    await finish(download, options.force === true);
    return { ...fetched, path: download.path };
  } finally {
    await download?.part.close();
  }
}

interface Download {
  readonly info: StoredFile;
  readonly path: string;
  readonly partPath: string;
  readonly part: FileHandle;
  /** All of it came in this process: a wrong checksum is no old part's. */
  isWhole: boolean;
}

/** Name, size and checksum, and nothing of the content: where to go on from is not known yet. */
async function fetchInfo(connection: Connection, which: string, { signal }: GetOptions): Promise<StoredFile> {
  for await (const piece of connection.run("get", [which, "end"], { signal, once: true }))
    if (piece.type === "text" && piece.data !== undefined) return readInfo(piece.data);
  throw problem("PROTOCOL", "noFileInfo");
}

async function openDownload(info: StoredFile, options: GetOptions): Promise<Download> {
  const path = options.target ?? join(options.directory ?? ".", localName(info));
  if (options.force !== true && (await isThere(path))) throw problem("FILE", "isThere", path);
  const partPath = `${path}.part`;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const part = await open(partPath, flags, 0o666);
  const { size } = await part.stat();
  if (size > info.size) await part.truncate(0);
  return { info, path, partPath, part, isWhole: size === 0 || size > info.size };
}

/** Fetches what is missing; false when the whole is not what the hub has. */
async function receive(
  connection: Connection,
  { info, part }: Download,
  options: GetOptions,
  onMoved: () => void,
): Promise<boolean> {
  const { file, name, size, sha256 } = info;
  const from = (await part.stat()).size;
  const hash = await hashStart(part, from);
  if (!hash) throw problem("FILE", "partChanged", name);
  const tell = (bytes: number) => options.onProgress?.({ name, bytes, size, from });
  tell(from);
  if (from < size) {
    const run = connection.run("get", [String(file), String(from)], { signal: options.signal, once: true });
    const writer = createPartWriter(part, from, hash);
    let at = from;
    try {
      for await (const piece of run) {
        if (piece.type !== "stdout") continue;
        const { bytes } = piece;
        at += bytes.length;
        if (at > size) throw problem("PROTOCOL", "sentTooMuch");
        await writer.add(bytes);
        tell(at);
        onMoved();
      }
      await run.status;
    } finally {
      // What came before a break is kept.
      await writer.flush();
    }
  }
  return hash.digest().toString("hex") === sha256;
}

/** Flushed first, so that the name never stands for less than all of it. */
async function finish({ part, partPath, path }: Download, isForced: boolean): Promise<void> {
  await part.sync();
  if (isForced) return await rename(partPath, path);
  try {
    // Unlike a rename, a link never replaces what came there meanwhile.
    await link(partPath, path);
    await rm(partPath);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw problem("FILE", "isThereKeptAs", path, partPath);
    // File systems without links: FAT, some network ones.
    if (await isThere(path)) throw error;
    await rename(partPath, path);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** The hub's name, where it is one that can do no harm here: a plain word in this folder, neither hidden nor an option. */
function localName({ file, name }: StoredFile): string {
  const isPlain =
    /^[^.\-/\\\p{C}][^/\\\p{C}]*$/u.test(name) &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES;
  return isPlain ? name : `file-${file}`;
}

function readInfo(data: unknown): StoredFile {
  const { file, name, size, sha256 } = readFields(data);
  return {
    file: readCount(file),
    name: cleanText(readText(name)),
    size: readCount(size),
    sha256: readChecksum(sha256),
  };
}
