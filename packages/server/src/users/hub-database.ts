import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

// Each brings the tables one version further; what is here never changes, a new version is a new step. Databases of
// before versions were counted have the tables of the first step already.
const steps: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS users (
    key TEXT PRIMARY KEY,
    nick TEXT,
    nick_key TEXT UNIQUE,
    roles TEXT NOT NULL DEFAULT '[]',
    seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS users_seen ON users (seen_at);
  CREATE TABLE IF NOT EXISTS journal (
    user TEXT NOT NULL,
    id TEXT NOT NULL,
    command TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (user, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS journal_at ON journal (at);`,
];

/**
 * Opens `hub.db` and brings it to this version, each step in one transaction.
 * @throws {Error} when it cannot be opened, or is of a later version, which this one would not understand.
 */
export function openHubDatabase(dataDir: string): DatabaseSync {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, "hub.db");
  const database = new DatabaseSync(path, { timeout: 5000 });
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, path: string): void {
  if (versionOf(database) === steps.length) return;
  // Two that open it at once take turns, and the second finds it done.
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = versionOf(database);
    if (version > steps.length) {
      throw new Error(
        `${path} has version ${version} of the hub's tables, and this palaver knows ${steps.length}; run the newer palaver, or restore a backup`,
      );
    }
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}; COMMIT`);
  } catch (error) {
    // A full disk has ended the transaction already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}
