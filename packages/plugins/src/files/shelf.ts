import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { transaction } from "../tables.ts";
import { createTable } from "./shelf-schema.ts";

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
  /** Counts those who asked to write it: the last one is to have it. */
  readonly claim: number;
  /** The process that writes it, in any of its workers; of one that has ended, nobody does. */
  readonly writer: string | null;
  /** Its transfer moves at least until then, as far as is known; milliseconds since 1970. */
  readonly lease: number;
}

/** What a sender means by one file: the same again goes on with what is there. */
export type Wish = Pick<FileRow, "owner" | "nick" | "name" | "size" | "room">;

export interface Usage {
  readonly bytes: number;
  readonly files: number;
}

/** Which files there are, the same in all workers. Every method throws what SQLite throws. */
export interface Shelf {
  /** Nobody else writes between what `act` reads and writes; nothing of it stays when it throws. */
  exclusively<T>(act: () => T): T;
  get(id: number): FileRow | undefined;
  /** The newest that are stored, below a number, newest first. */
  stored(below: number, count: number): readonly FileRow[];
  /** The newest that is stored under a name and may be seen. */
  findNamed(name: string, mayRead: (row: FileRow) => boolean): FileRow | undefined;
  /** The one of this wish, stored or not, the newest first. */
  find(wish: Wish): FileRow | undefined;
  add(wish: Wish, storage: string, at: number): FileRow;
  touch(id: number, at: number): void;
  /** Who writes it is to end. @returns the number of this claim. */
  claim(id: number): number;
  /** Its row when this claim is the last one, and nobody of this process writes it. */
  tryBegin(id: number, claim: number, process: string, lease: number): FileRow | undefined;
  /** Nobody of this process writes it any longer. */
  end(id: number, process: string): void;
  /** These move until then. */
  extend(ids: readonly number[], lease: number): void;
  /** And nobody writes it any longer. False when somebody else has a claim, or the row is gone. */
  store(id: number, claim: number, sha256: string, at: number): boolean;
  remove(id: number): void;
  /** What is on its way, the oldest first and 1000 at most. Of one owner; undefined: of all. */
  parts(owner?: string): readonly FileRow[];
  /** Of one owner; undefined: of all. What is on its way counts whole. */
  usage(owner?: string): Usage;
  expired(storedBefore: number, partBefore: number): readonly FileRow[];
  all(): readonly FileRow[];
}

/** Opens the table. */
export function openShelf(database: DatabaseSync): Shelf {
  createTable(database);
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
    claim: database.prepare("UPDATE files SET claim = claim + 1 WHERE id = ? RETURNING claim"),
    begin: database.prepare(
      "UPDATE files SET writer = ?3, lease = ?4 WHERE id = ?1 AND claim = ?2 AND writer IS NOT ?3 RETURNING *",
    ),
    end: database.prepare("UPDATE files SET writer = NULL WHERE id = ? AND writer = ?"),
    extend: database.prepare(
      "UPDATE files SET lease = ? WHERE id IN (SELECT value FROM json_each(?)) AND sha256 IS NULL",
    ),
    store: database.prepare("UPDATE files SET sha256 = ?, at = ?, writer = NULL WHERE id = ? AND claim = ?"),
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
    exclusively: (act) => transaction(database, act),
    get: (id) => rowOf(statements.get.get(id)),
    stored: (below, count) => rowsOf(statements.stored.all(below, count)),
    findNamed: (name, mayRead) => rowsOf(statements.named.all(name)).find(mayRead),
    find: ({ owner, name, size, room }) => rowOf(statements.find.get(owner, name, size, room)),
    add: ({ owner, nick, name, size, room }, storage, at) =>
      rowOf(statements.add.get(storage, owner, nick, name, size, room, at))!,
    touch: (id, at) => void statements.touch.run(at, id),
    claim: (id) => Number(statements.claim.get(id)?.["claim"]),
    tryBegin: (id, claim, process, lease) => rowOf(statements.begin.get(id, claim, process, lease)),
    end: (id, process) => void statements.end.run(id, process),
    extend: (ids, lease) => void statements.extend.run(lease, JSON.stringify(ids)),
    store: (id, claim, sha256, at) => Number(statements.store.run(sha256, at, id, claim).changes) > 0,
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
