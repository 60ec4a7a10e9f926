import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, mkdirSync } from "node:fs";
import { chown, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { isOfNobody } from "./data-files.ts";
import { checkDatabase, isDatabase } from "./database-copy.ts";
import { hashInto } from "./hash-into.ts";
import { manifestName, maxManifestBytes, tryParseManifest, type Manifest } from "./manifest.ts";

/** A file that is no backup, or not a whole one. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where what was there before lies now. */
  readonly putAside: string | undefined;
}

/** What is in a data directory; empty when there is none. */
export async function readDataDirectory(dataDir: string): Promise<readonly string[]> {
  const names = await readdir(dataDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return names.filter((name) => !isOfNobody(name));
}

/**
 * Unpacks a backup into a data directory. Everything is read and checked before anything that is there is touched; that
 * is put aside then, not deleted.
 * @throws {BackupError}
 */
export async function restoreBackup(file: string, dataDir: string, signal: AbortSignal): Promise<Restored> {
  // Inside the directory: it may be a mount point, and the folder above somebody else's.
  const draft = await mkdtemp(join(dataDir, ".restore-"));
  try {
    const manifest = await unpack(file, draft, signal);
    for (const name of Object.keys(manifest.files)) checkFile(draft, name);
    await giveToOwner(draft, await readdir(draft, { recursive: true }), dataDir);
    const putAside = await putAsideAll(dataDir);
    for (const name of await readdir(draft)) await rename(join(draft, name), join(dataDir, name));
    return { manifest, putAside };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function unpack(file: string, draft: string, signal: AbortSignal): Promise<Manifest> {
  const entries = extract();
  const hashes = new Map<string, string>();
  let manifest: Manifest | undefined;
  const take = async (header: Header, content: Readable): Promise<void> => {
    if (manifest) throw new BackupError("something follows its end");
    // Of others, content that was announced may never come to an end.
    if (header.type !== "file" || !Number.isSafeInteger(header.size)) throw new BackupError(foreign);
    if (header.name === manifestName) manifest = await readManifest(header, content);
    else hashes.set(header.name, await unpackFile(header, content, draft));
  };
  let taking: Promise<Error | null> = Promise.resolve(null);
  entries.on("entry", async (header, content, next) => {
    // Its error is that of the whole, which is told below; here it may be one that nobody reads yet, or ever.
    content.on("error", () => {});
    // Types of two kinds of streams, which work together.
    taking = take(header, content as unknown as Readable).then(
      () => null,
      (problem: Error) => problem,
    );
    next(await taking);
  });
  await pipeline(createReadStream(file), createGunzip(), entries, { signal }).catch(
    async (error: unknown) => {
      // Nothing is written any more when the draft is deleted; and what ended all may have begun here.
      const cause = await taking;
      throw cause instanceof BackupError ? cause : explain(error);
    },
  );
  const files = Object.entries(manifest?.files ?? {});
  if (files.length === 0) throw new BackupError(notWhole);
  for (const [name, hash] of files) {
    if (hashes.get(name) !== hash) throw new BackupError(`it is damaged: ${name} is not what was written`);
  }
  if (hashes.size !== files.length) throw new BackupError("it holds what was not written");
  return manifest!;
}

async function readManifest({ size }: Header, content: Readable): Promise<Manifest> {
  if (size > maxManifestBytes) throw new BackupError("its list of files is too long");
  const manifest = tryParseManifest(await text(content));
  if (manifest) return manifest;
  throw new BackupError("it was written by another version of palaver; restore it with that one");
}

async function unpackFile({ name }: Header, content: Readable, draft: string): Promise<string> {
  // An archive from somewhere else could name any file of this machine.
  const leadsOut = name.startsWith("/") || name.startsWith("..") || /[\\\0]/.test(name);
  const [top = ""] = name.split("/");
  if (name === "." || leadsOut || isOfNobody(top) || name !== posix.normalize(name))
    throw new BackupError(foreign);
  const path = join(draft, name);
  const hash = createHash("sha256");
  try {
    // At once: a pipeline of an entry that has ended meanwhile, with a backup that is cut, would never end itself.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = createWriteStream(path, { mode: 0o600, flags: "wx", flush: true });
    await pipeline(content, hashInto(hash), file);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    // A name twice, or below a file, or one that no file of this machine had.
    if (!["EEXIST", "ENOTDIR", "EISDIR", "ENAMETOOLONG"].includes(code)) throw error;
    throw new BackupError(foreign, { cause: error });
  }
  return hash.digest("hex");
}

const foreign = "it holds what no backup holds; palaverd backup did not write it";
const notWhole = "it is not whole: its end is missing";

function explain(error: unknown): unknown {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR" || message === "Unexpected end of data")
    return new BackupError(notWhole, { cause: error });
  // Those of the archive's own reader have no code.
  if (code.startsWith("Z_") || code === "")
    return new BackupError("it is no backup of palaver, or damaged", { cause: error });
  return error;
}

function checkFile(draft: string, name: string): void {
  const path = join(draft, name);
  try {
    if (isDatabase(path)) checkDatabase(path);
  } catch (error) {
    throw new BackupError(`it is damaged: ${name} is no whole database`, { cause: error });
  }
}

/** Whoever owns the directory runs the hub; root restores for it. */
async function giveToOwner(folder: string, names: readonly string[], dataDir: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataDir);
  for (const name of ["", ...names]) await chown(join(folder, name), uid, gid);
}

async function putAsideAll(dataDir: string): Promise<string | undefined> {
  const names = await readDataDirectory(dataDir);
  if (names.length === 0) return undefined;
  const putAside = join(dataDir, `before-restore-${new Date().toISOString().replaceAll(":", "")}`);
  await mkdir(putAside, { mode: 0o700 });
  await giveToOwner(putAside, [], dataDir);
  for (const name of names) await rename(join(dataDir, name), join(putAside, name));
  return putAside;
}
