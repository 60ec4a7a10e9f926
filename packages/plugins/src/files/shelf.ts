import type { DatabaseSync, SQLOutputValue } from "node:sqlite";

/** A file that is stored, or whose content is on its way. */
export interface FileRow {
  readonly id: number;
  /** Its name in the folder, drawn by us. */
  readonly storage: string;
  /** The owner's public key, and the nickname it had, if any. */
  readonly owner: string;
  readonly nick: string;
  readonly name: string;
  readonly size: number;
  /** Where it was shared; null: for everybody. */
  readonly room: string | null;
  /** In hex; null while it is on its way. */
  readonly sha256: string | null;
  /** When it was stored, or last added to; milliseconds since 1970. */
  readonly at: number;
}

/** What a sender means by one file: the same again goes on with what is there. */
export type Wish = Pick<FileRow, "owner" | "nick" | "name" | "size" | "room">;

export interface Usage {
  readonly bytes: number;
  readonly files: number;
}

/** Which files there are. Every method throws what SQLite throws. */
export interface Shelf {
  get(id: number): FileRow | undefined;
  /** The newest that are stored, below a number, newest first. */
  stored(below: number, count: number): readonly FileRow[];
  /** The newest that is stored under a name and may be seen. */
  findNamed(name: string, mayRead: (row: FileRow) => boolean): FileRow | undefined;
  /** The one of this wish, stored or not, the newest first. */
  find(wish: Wish): FileRow | undefined;
  add(wish: Wish, storage: string, at: number): FileRow;
  touch(id: number, at: number): void;
  store(id: number, sha256: string, at: number): void;
  remove(id: number): void;
  /** What is on its way, the oldest first and 1000 at most. Of one owner; undefined: of all. */
  parts(owner?: string): readonly FileRow[];
  /** Of one owner; undefined: of all. What is on its way counts whole. */
  usage(owner?: string): Usage;
  expired(storedBefore: number, partBefore: number): readonly FileRow[];
  all(): readonly FileRow[];
}

/** Opens the table. What is told to be stored survives a power cut: writes are few, and each is flushed. */
export function openShelf(database: DatabaseSync): Shelf {
  database.exec(`
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS files (
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
    CREATE INDEX IF NOT EXISTS files_by_name ON files(name);
  `);
  const statements = {
    get: database.prepare("SELECT * FROM files WHERE id = ?"),
    stored: database.prepare(
      "SELECT * FROM files WHERE sha256 IS NOT NULL AND id < ? ORDER BY id DESC LIMIT ?",
    ),
    named: database.prepare(
      "SELECT * FROM files WHERE name = ? AND sha256 IS NOT NULL ORDER BY id DESC LIMIT 1000",
    ),
    find: database.prepare(
      "SELECT * FROM files WHERE owner = ? AND name = ? AND size = ? AND room IS ? ORDER BY id DESC LIMIT 1",
    ),
    add: database.prepare(
      "INSERT INTO files (storage, owner, nick, name, size, room, at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
    ),
    touch: database.prepare("UPDATE files SET at = ? WHERE id = ?"),
    store: database.prepare("UPDATE files SET sha256 = ?, at = ? WHERE id = ?"),
    remove: database.prepare("DELETE FROM files WHERE id = ?"),
    usage: database.prepare("SELECT coalesce(sum(size), 0) AS bytes, count(*) AS files FROM files"),
    usageOf: database.prepare(
      "SELECT coalesce(sum(size), 0) AS bytes, count(*) AS files FROM files WHERE owner = ?",
    ),
    parts: database.prepare("SELECT * FROM files WHERE sha256 IS NULL ORDER BY at LIMIT 1000"),
    partsOf: database.prepare(
      "SELECT * FROM files WHERE owner = ? AND sha256 IS NULL ORDER BY at LIMIT 1000",
    ),
    expired: database.prepare(
      "SELECT * FROM files WHERE (sha256 IS NOT NULL AND at < ?) OR (sha256 IS NULL AND at < ?)",
    ),
    all: database.prepare("SELECT * FROM files"),
  };
  return {
    get: (id) => rowOf(statements.get.get(id)),
    stored: (below, count) => rowsOf(statements.stored.all(below, count)),
    findNamed: (name, mayRead) => rowsOf(statements.named.all(name)).find(mayRead),
    find: ({ owner, name, size, room }) => rowOf(statements.find.get(owner, name, size, room)),
    add: ({ owner, nick, name, size, room }, storage, at) =>
      rowOf(statements.add.get(storage, owner, nick, name, size, room, at))!,
    touch: (id, at) => void statements.touch.run(at, id),
    store: (id, sha256, at) => void statements.store.run(sha256, at, id),
    remove: (id) => void statements.remove.run(id),
    parts: (owner) => rowsOf(owner === undefined ? statements.parts.all() : statements.partsOf.all(owner)),
    usage: (owner) =>
      (owner === undefined ? statements.usage.get() : statements.usageOf.get(owner)) as unknown as Usage,
    expired: (storedBefore, partBefore) => rowsOf(statements.expired.all(storedBefore, partBefore)),
    all: () => rowsOf(statements.all.all()),
  };
}

// The columns are the fields; STRICT tables hold their types.
function rowOf(row: Record<string, SQLOutputValue> | undefined): FileRow | undefined {
  return row as unknown as FileRow | undefined;
}

function rowsOf(rows: Record<string, SQLOutputValue>[]): readonly FileRow[] {
  return rows as unknown as readonly FileRow[];
}
