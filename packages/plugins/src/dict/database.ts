import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createHeadwords, type Headwords } from "./headwords.ts";

/** Goes up when the tables change; a database of another version is built anew. */
const schemaVersion = 1;

export function databasePath(directory: string): string {
  return join(directory, "dictionary.db");
}

/**
 * Opens what has been imported so far, for reading.
 * @returns undefined when there is nothing to read yet: no file, another version, or no database at all.
 */
export function tryOpenDatabase(directory: string): DatabaseSync | undefined {
  const path = databasePath(directory);
  if (!existsSync(path)) return undefined;
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
    // A look-up touches a handful of pages; the kernel keeps the rest, and our memory stays small.
    database.exec("PRAGMA cache_size = -2048; PRAGMA mmap_size = 0");
    if (hasTables(database)) return database;
  } catch {
    // Not a database, or cut off before its first page: the import replaces it.
  }
  database?.close();
  return undefined;
}

/** Opens for the import, under the build's lock; what cannot be used is replaced. */
export function openForImport(directory: string): DatabaseSync {
  const path = databasePath(directory);
  try {
    return prepare(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
    return prepare(path);
  }
}

function prepare(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192");
    if (!hasTables(database)) createTables(database);
    // Databases of the first release have none; their words stay.
    database.exec("CREATE TABLE IF NOT EXISTS headwords (dictionary TEXT PRIMARY KEY, packed BLOB NOT NULL)");
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function createTables(database: DatabaseSync): void {
  // In one transaction: another hub that reads meanwhile sees the old tables or the new ones.
  database.exec(`
    BEGIN IMMEDIATE;
    DROP TABLE IF EXISTS ecdict;
    DROP TABLE IF EXISTS form;
    DROP TABLE IF EXISTS common_words;
    DROP TABLE IF EXISTS cedict;
    DROP TABLE IF EXISTS cedict_key;
    DROP TABLE IF EXISTS headwords;
    DROP TABLE IF EXISTS stage;
    CREATE TABLE ecdict (
      key TEXT NOT NULL,
      word TEXT NOT NULL,
      rank INTEGER NOT NULL,
      phonetic TEXT NOT NULL,
      translation TEXT NOT NULL,
      lemma TEXT NOT NULL,
      PRIMARY KEY (key, word)
    ) WITHOUT ROWID;
    CREATE TABLE form (key TEXT PRIMARY KEY, lemma TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE common_words (packed BLOB NOT NULL);
    CREATE TABLE cedict (
      id INTEGER PRIMARY KEY,
      simplified TEXT NOT NULL,
      traditional TEXT NOT NULL,
      pinyin TEXT NOT NULL,
      english TEXT NOT NULL
    );
    CREATE TABLE cedict_key (
      key TEXT NOT NULL,
      kind INTEGER NOT NULL,
      id INTEGER NOT NULL,
      PRIMARY KEY (key, kind, id)
    ) WITHOUT ROWID;
    CREATE TABLE stage (
      name TEXT PRIMARY KEY,
      version TEXT NOT NULL,
      position INTEGER NOT NULL,
      fraction REAL NOT NULL
    ) WITHOUT ROWID;
    PRAGMA user_version = ${schemaVersion};
    COMMIT;
  `);
}

/** Reads a dictionary's headwords; undefined until the import has packed them. */
export function tryReadHeadwords(database: DatabaseSync, dictionary: string): Headwords | undefined {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'headwords'").get();
  const row =
    isThere && database.prepare("SELECT packed FROM headwords WHERE dictionary = ?").get(dictionary);
  const packed = row?.["packed"];
  return packed instanceof Uint8Array ? createHeadwords(packed) : undefined;
}

/** Reads a table as well: damage shows itself here, not at the first look-up. */
function hasTables(database: DatabaseSync): boolean {
  const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
  if (version !== schemaVersion) return false;
  database.prepare("SELECT name FROM stage").all();
  return true;
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return code === sqliteCorrupt || code === sqliteNotADatabase;
}
