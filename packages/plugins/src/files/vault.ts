import { randomBytes } from "node:crypto";
import { constants, mkdirSync, type StatsFs } from "node:fs";
import { access, type FileHandle, open, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";

const partSuffix = ".part";
// A link that somebody put there is not followed, and a pipe does not hold the hub up.
const guarded = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The folder that holds the contents, under names of our own; no name from outside comes here. */
export interface Vault {
  /** A name that was never used. */
  newName(): string;
  /** The part of a file, made when it is not there, for reading and writing. @throws what the system throws. */
  openPart(storage: string): Promise<FileHandle>;
  /** A file that is complete. */
  openStored(storage: string): Promise<FileHandle>;
  isStored(storage: string): Promise<boolean>;
  /** Flushes a part and gives it its final name; when this resolves, it survives a power cut. */
  keep(storage: string, part: FileHandle): Promise<void>;
  /** Undoes `keep`, where the database does not know of it. */
  reopen(storage: string): Promise<void>;
  remove(storage: string): Promise<void>;
  freeBytes(): Promise<number>;
  /** The names that are used, of parts and of files. */
  names(): Promise<readonly string[]>;
}

export function openVault(directory: string): Vault {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pathOf = (storage: string) => join(directory, storage);
  const partOf = (storage: string) => pathOf(storage) + partSuffix;
  const openRegular = async (path: string, flags: number) => {
    const handle = await open(path, flags | guarded, 0o600);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    throw new Error("something that is no file lies among the files");
  };
  const flushFolder = async () => {
    const handle = await open(directory, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  return {
    newName: () => randomBytes(16).toString("hex"),
    openPart: (storage) => openRegular(partOf(storage), constants.O_RDWR | constants.O_CREAT),
    openStored: (storage) => openRegular(pathOf(storage), constants.O_RDONLY),
    isStored: (storage) =>
      access(pathOf(storage)).then(
        () => true,
        () => false,
      ),
    async keep(storage, part) {
      await part.sync();
      await rename(partOf(storage), pathOf(storage));
      await flushFolder();
    },
    async reopen(storage) {
      await rename(pathOf(storage), partOf(storage)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
    },
    async remove(storage) {
      await rm(pathOf(storage), { force: true });
      await rm(partOf(storage), { force: true });
    },
    async freeBytes() {
      const { bavail, bsize }: StatsFs = await statfs(directory);
      return bavail * bsize;
    },
    names: async () => (await readdir(directory)).map((name) => name.replace(/\.part$/, "")),
  };
}

/** The disk is full, or the user's part of it, or the largest size that the system lets a file have. */
export function isDiskFull(error: unknown): boolean {
  const { code, errcode } = codesOf(error);
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG" || errcode === sqliteFull;
}

/** What the disk does not take for another reason: the system made it read-only, as it does with one that fails. */
export function isDiskBroken(error: unknown): boolean {
  const { code, errcode } = codesOf(error);
  return code === "EROFS" || code === "EIO" || errcode === sqliteReadOnly || errcode === sqliteBroken;
}

// SQLite's result codes; what stands above their lowest byte tells them finer.
const sqliteReadOnly = 8;
const sqliteBroken = 10;
const sqliteFull = 13;

function codesOf(error: unknown): { readonly code: unknown; readonly errcode: number | undefined } {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  return { code, errcode: typeof errcode === "number" ? errcode & 0xff : undefined };
}
