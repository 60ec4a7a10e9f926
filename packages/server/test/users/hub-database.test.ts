import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished } from "vitest";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { openHubDatabase } from "../../src/users/hub-database.ts";
import { openIdentities } from "../../src/users/identities.ts";

/** As the first version made it; it counted no versions. */
const uncounted = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE users (
    key TEXT PRIMARY KEY, nick TEXT, nick_key TEXT UNIQUE, roles TEXT NOT NULL DEFAULT '[]', seen_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX users_seen ON users (seen_at);
  CREATE TABLE journal (
    user TEXT NOT NULL, id TEXT NOT NULL, command TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX journal_at ON journal (at);
  INSERT INTO users VALUES ('key-ada', 'ada', 'ada', '["operator"]', 5), ('key-bob', NULL, NULL, '["member"]', 6);
  INSERT INTO journal VALUES ('key-ada', 'request-1', 'run', 1000);`;

const now = () => 2000;

function createFolder(source?: string): string {
  const folder = createTemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  if (source !== undefined) {
    using database = new DatabaseSync(join(folder.path, "hub.db"));
    database.exec(source);
  }
  return folder.path;
}

it("a database of before versions were counted keeps names, roles and the journal", () => {
  const folder = createFolder(uncounted);
  // Twice: what it became is opened as it is.
  for (const request of ["request-2", "request-3"]) {
    using identities = openIdentities(folder, () => [], now);
    expect(identities.find("key-ada")).toEqual({ key: "key-ada", nick: "ada", roles: ["operator"] });
    expect(identities.ownerOf("ADA")).toBe("key-ada");
    expect(identities.find("key-bob")?.roles).toEqual(["member"]);
    expect(identities.journal("key-ada", "request-1", "run")).toBe(false);
    expect(identities.journal("key-ada", request, "run")).toBe(true);
  }
  using database = openHubDatabase(folder);
  expect(database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
});

it("an old database and a new one have the same tables", () => {
  const [old, fresh] = [createFolder(uncounted), createFolder()].map((folder) => {
    using database = openHubDatabase(folder);
    const rows = database.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all();
    return rows.map(({ name, sql }) => [
      name,
      String(sql)
        .replaceAll(/\s+/g, " ")
        .replaceAll(/\( | \)/g, (part) => part.trim()),
    ]);
  });
  expect(old).toEqual(fresh);
});

it("a database of a later version is refused, and stays as it is", () => {
  const folder = createFolder("PRAGMA user_version = 99; CREATE TABLE future (x)");
  expect(() => openHubDatabase(folder)).toThrow(
    /hub\.db has version 99 of the hub's tables, and this palaver knows 1; run the newer palaver, or restore a backup/,
  );
  using database = new DatabaseSync(join(folder, "hub.db"));
  expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "future" }]);
});

it("a clock that is set forth by days makes no request run a second time", () => {
  let nowMs = Date.now();
  using identities = openIdentities(
    createFolder(),
    () => [],
    () => nowMs,
  );
  expect(identities.journal("key-ada", "request-1", "run")).toBe(true);
  nowMs += 5 * 86_400_000;
  expect(identities.journal("key-ada", "request-2", "run")).toBe(true);
  expect(identities.journal("key-ada", "request-1", "run")).toBe(false);
});
