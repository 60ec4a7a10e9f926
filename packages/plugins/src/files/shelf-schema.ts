import type { DatabaseSync } from "node:sqlite";
import { bringUp } from "../tables.ts";

const steps: readonly string[] = [
  // The first version; databases from before the steps were counted have this table already.
  `CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    storage TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    nick TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    room TEXT,
    sha256 TEXT,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS files_of_owner ON files(owner, name);
  CREATE INDEX IF NOT EXISTS files_by_name ON files(name);`,

  // Who asked last to write a part, who writes it, and until when it moves: what all workers have to know.
  `ALTER TABLE files ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE files ADD COLUMN writer TEXT;
  ALTER TABLE files ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;`,
];

/**
 * Brings the table to this version. What is told to be stored survives a power cut: writes are few, and each is flushed.
 * @throws {Error} for a database of a later version.
 */
export function createTable(database: DatabaseSync): void {
  database.exec("PRAGMA synchronous = FULL");
  bringUp(database, { file: "files.db", whose: "files'", steps });
}
