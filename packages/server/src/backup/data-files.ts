import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file of the data directory that a backup holds. */
export interface DataFile {
  readonly path: string;
  /** Relative to the data directory, with `/`. */
  readonly name: string;
}

// What is made again by itself, or is of no use elsewhere: who runs, what was logged, dictionaries that are imported,
// SQLite's own files beside a database (the copy has what is in them).
const leftOut: readonly RegExp[] = [
  /^palaverd\.(?:pid|sock)/,
  /^log$/,
  /^plugins\/dict\/(?:dictionary\.db|dictionary\.lock|index)$/,
  /-(?:wal|shm|journal)$/,
];

/** Whether what is called so in a data directory is nobody's data: what a restore put aside, and the file system's own. */
export const isOfNobody = (name: string): boolean =>
  name === "lost+found" || /^(?:before-restore|\.restore)-/.test(name);

/**
 * What a backup of a data directory holds, and what in it none can hold: sockets, and links that lead nowhere, in circles,
 * or to what belongs to somebody else. Root backs up too, and whoever broke into the hub must not have it read for them.
 */
export async function findDataFiles(
  dataDir: string,
): Promise<{ readonly files: readonly DataFile[]; readonly skipped: readonly string[] }> {
  const { uid } = await stat(dataDir);
  const files: DataFile[] = [];
  const skipped: string[] = [];
  const visited = new Set<string>();
  const walk = async (folder: string) => {
    visited.add(await realpath(join(dataDir, folder)));
    for (const entry of await readFolder(join(dataDir, folder))) {
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isOfNobody(name) || leftOut.some((pattern) => pattern.test(name))) continue;
      const path = join(dataDir, name);
      const found = entry.isSymbolicLink() ? await tryFollow(path, uid, visited) : entry;
      if (found?.isDirectory()) await walk(name);
      else if (found?.isFile()) files.push({ path, name });
      else skipped.push(name);
    }
  };
  await walk("");
  return { files, skipped };
}

async function tryFollow(
  path: string,
  uid: number,
  visited: ReadonlySet<string>,
): Promise<Stats | undefined> {
  try {
    const [target, stats] = await Promise.all([realpath(path), stat(path)]);
    return stats.uid === uid && !visited.has(target) ? stats : undefined;
  } catch {
    return undefined;
  }
}

async function readFolder(path: string): Promise<readonly Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
