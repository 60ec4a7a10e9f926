import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openShelf } from "../../src/files/shelf.ts";

/** As the first released version made it. */
const firstVersion = `
  CREATE TABLE files (
    id INTEGER PRIMARY KEY AUTOINCREMENT, storage TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, nick TEXT NOT NULL,
    name TEXT NOT NULL, size INTEGER NOT NULL, room TEXT, sha256 TEXT, at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX files_of_owner ON files(owner, name);
  CREATE INDEX files_by_name ON files(name);
  INSERT INTO files VALUES
    (3, 'aa', 'key-ada', 'ada', 'photo.png', 7, NULL, 'f00d', 100),
    (5, 'bb', 'key-ada', 'ada', 'film.mkv', 9, 'den', NULL, 200);`;

test("a table of the first version keeps its files and parts, which nobody writes", () => {
  using database = new DatabaseSync(":memory:");
  database.exec(firstVersion);
  const shelf = openShelf(database);
  const before = { owner: "key-ada", nick: "ada", claim: 0, writer: null, lease: 0 };
  expect(shelf.all()).toEqual([
    { ...before, id: 3, storage: "aa", name: "photo.png", size: 7, room: null, sha256: "f00d", at: 100 },
    { ...before, id: 5, storage: "bb", name: "film.mkv", size: 9, room: "den", sha256: null, at: 200 },
  ]);
  const { id } = shelf.add({ owner: "o", nick: "", name: "n", size: 1, room: null }, "cc", 0);
  expect(id).toBe(6);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 2 });
  openShelf(database);
  expect(shelf.all()).toHaveLength(3);
});

test("a table of a later version is refused, with what to do", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("PRAGMA user_version = 99");
  expect(() => openShelf(database)).toThrow(
    "files.db has version 99 of the files' tables, and this palaver knows 2; run the newer palaver",
  );
});

test("only the last claim begins, and one of a process at a time", () => {
  using database = new DatabaseSync(":memory:");
  const shelf = openShelf(database);
  const { id } = shelf.add({ owner: "o", nick: "", name: "n", size: 1, room: null }, "cc", 0);
  const [first, last] = [shelf.claim(id), shelf.claim(id)];
  expect(shelf.tryBegin(id, first, "this", 5)).toBeUndefined();
  expect(shelf.tryBegin(id, last, "this", 5)).toMatchObject({ writer: "this", lease: 5 });
  expect(shelf.tryBegin(id, last, "this", 5)).toBeUndefined();
  expect(shelf.store(id, first, "00", 5)).toBe(false);
  expect(shelf.store(id, last, "00", 5)).toBe(true);
});
