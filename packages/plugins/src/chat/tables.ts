import type { DatabaseSync } from "node:sqlite";

/** Makes the tables of the chat; those that exist stay as they are. */
export function createTables(database: DatabaseSync): void {
  // NORMAL with WAL: what a statement wrote lies with the kernel when the statement returns, so a message that was
  // acknowledged outlives `kill -9` of the hub. Only a power cut may take the last ones; FULL would cost a disk
  // flush a message.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS messages (
      room TEXT NOT NULL,
      seq INTEGER NOT NULL,
      at INTEGER NOT NULL,
      nick TEXT NOT NULL,
      kind TEXT NOT NULL,
      text TEXT NOT NULL,
      key TEXT,
      id TEXT UNIQUE,
      PRIMARY KEY (room, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS rooms (
      name TEXT PRIMARY KEY,
      topic TEXT NOT NULL DEFAULT '',
      used_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS away (
      user TEXT PRIMARY KEY,
      reason TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `);
}
