import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack, type Pack } from "tar-stream";
import { copyDatabase, isDatabase } from "./database-copy.ts";
import { findDataFiles, type DataFile } from "./data-files.ts";
import { hashInto } from "./hash-into.ts";
import { manifestName, writeManifest } from "./manifest.ts";

const workName = ".palaver-backup-";
const leftOverAfterMs = 24 * 3_600_000;

export interface WrittenBackup {
  readonly files: number;
  /** Of the archive. */
  readonly bytes: number;
  /** Links, sockets and the like that were found and left out. */
  readonly skipped: readonly string[];
}

/**
 * Writes what a data directory holds into one archive (tar, gzip), for its owner alone. The hub may run: of each
 * database, one moment is copied. The archive appears under its name when it is whole and on the disk, or not at all.
 * @throws {Error}
 */
export async function writeBackup(
  dataDir: string,
  target: string,
  version: string,
  signal: AbortSignal,
): Promise<WrittenBackup> {
  // Beside the target: it is renamed, and databases are copied where there must be space for them anyway.
  const folder = dirname(target);
  await removeLeftOver(folder);
  const work = await mkdtemp(join(folder, workName));
  try {
    const draft = join(work, "archive");
    const archive = pack();
    const output = createWriteStream(draft, { mode: 0o600, flush: true });
    const written = pipeline(archive, createGzip(), output, { signal });
    const filled = fill(archive, dataDir, join(work, "database"), version).catch((error: unknown) => {
      archive.destroy(error as Error);
      throw error;
    });
    // Whichever side failed: the one that writes knows the first reason.
    const [outcome] = await Promise.allSettled([written, filled]);
    if (outcome.status === "rejected") throw outcome.reason;
    const content = await filled;
    await rename(draft, target);
    await syncFolder(folder);
    return { ...content, bytes: output.bytesWritten };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What backups left that were killed; one that is under way may be another machine's, and takes no day. */
async function removeLeftOver(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(workName)) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > leftOverAfterMs) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Adds every file, and says in the end what they were. Databases first: what they speak of is there when they are
 * copied, and looked for only then. More than they speak of does no harm.
 */
async function fill(
  archive: Pack,
  dataDir: string,
  copy: string,
  version: string,
): Promise<Pick<WrittenBackup, "files" | "skipped">> {
  const hashes = new Map<string, string>();
  const addAll = async (files: readonly DataFile[], isWanted: (file: DataFile) => boolean) => {
    for (const file of files) {
      try {
        if (isWanted(file)) hashes.set(file.name, await addFile(archive, file, copy));
      } catch (error) {
        // It was there a moment ago: a plugin took it away.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  };
  await addAll((await findDataFiles(dataDir)).files, ({ path }) => isDatabase(path));
  const { files, skipped } = await findDataFiles(dataDir);
  await addAll(files, ({ name }) => !hashes.has(name));
  archive.entry({ name: manifestName, mode: 0o600 }, writeManifest(version, hashes));
  archive.finalize();
  return { files: hashes.size, skipped };
}

async function addFile(archive: Pack, { path, name }: DataFile, copy: string): Promise<string> {
  if (!isDatabase(path)) return addBytes(archive, path, name);
  try {
    await copyDatabase(path, copy);
    return await addBytes(archive, copy, name);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    await rm(copy, { force: true });
  }
}

async function addBytes(archive: Pack, path: string, name: string): Promise<string> {
  await using file = await open(path);
  const { size, mtime } = await file.stat();
  const hash = createHash("sha256");
  const header = { name, size, mtime, mode: 0o600 };
  if (size === 0) archive.entry(header, "");
  else {
    // What is appended meanwhile is of no interest; the header has promised this size.
    const reading = file.createReadStream({ end: size - 1, autoClose: false });
    await pipeline(reading, hashInto(hash), archive.entry(header));
  }
  return hash.digest("hex");
}

/** A rename is safe from a power cut once its folder is on the disk. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}
