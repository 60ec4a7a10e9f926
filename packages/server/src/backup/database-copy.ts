import { existsSync, openSync, closeSync, readSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";

// https://sqlite.org/fileformat.html, 1.3.1
const magic = "SQLite format 3\0";
// All pages in one step: one moment is copied, and a hub that goes on writing does not make SQLite begin again.
const allPages = 0x7fff_ffff;

/**
 * Whether a file is one of the hub's or its plugins' databases: called so, or open as one now. What is in a file does not
 * decide: people store files here, and one that looks like a database and is none must not spoil a backup.
 */
export function isDatabase(path: string): boolean {
  return existsSync(`${path}-wal`) || (path.endsWith(".db") && beginsAsDatabase(path));
}

function beginsAsDatabase(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const begin = Buffer.alloc(magic.length);
    return readSync(file, begin) === magic.length && begin.toString("latin1") === magic;
  } finally {
    closeSync(file);
  }
}

/**
 * Copies a database as it is at one moment, while others write to it.
 * @throws {Error} when it is damaged, or cannot be read or written.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    await backup(database, to, { rate: allPages });
  } finally {
    database.close();
  }
  checkDatabase(to);
}

/** Reads all of a database. @throws {Error} when it is damaged. */
export function checkDatabase(path: string): void {
  const url = pathToFileURL(path);
  // Nobody has it open: nothing is left beside it then.
  if (!existsSync(`${path}-wal`)) url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const [row] = database.prepare("PRAGMA quick_check(1)").all();
    const said = String(row?.["quick_check"]);
    if (said !== "ok") throw new Error(`the database is damaged: ${said}`);
  } finally {
    database.close();
  }
}
