import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** A file of the data directory that a backup holds. */
export interface DataFile {
  readonly path: string;
  /** Relative to the data directory, with `/`. */
  readonly name: string;
}

// What is made again by itself, or is of no use elsewhere: who runs, what was logged, dictionaries that are imported,
// SQLite's own files beside a database (the copy has what is in them), and what a restore put aside.
const leftOut: readonly RegExp[] = [
  /^palaverd\.(?:pid|sock)/,
  /^log$/,
  /^plugins\/dict\/(?:dictionary\.db|dictionary\.lock|index)$/,
  /-(?:wal|shm|journal)$/,
  /^(?:before-restore|\.restore)-/,
  /^lost\+found$/,
];

/** What a backup of a data directory holds, and the links and the like in it that none can hold. */
export async function findDataFiles(
  dataDir: string,
): Promise<{ readonly files: readonly DataFile[]; readonly skipped: readonly string[] }> {
  const files: DataFile[] = [];
  const skipped: string[] = [];
  const walk = async (folder: string) => {
    for (const entry of await readFolder(join(dataDir, folder))) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (leftOut.some((pattern) => pattern.test(name))) continue;
      if (entry.isDirectory()) await walk(name);
      else if (entry.isFile()) files.push({ path: join(dataDir, name), name });
      else skipped.push(name);
    }
  };
  await walk("");
  return { files, skipped };
}

async function readFolder(path: string): Promise<readonly Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
