import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { createFakeHub } from "./fake-hub.ts";
import { createFolder } from "./folder.ts";
import { comeAgain, inboxOf } from "./people.ts";

/** As the first released version made it. */
const firstVersion = `
  PRAGMA journal_mode = WAL;
  CREATE TABLE messages (
    room TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, nick TEXT NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, key TEXT, id TEXT UNIQUE, PRIMARY KEY (room, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rooms (name TEXT PRIMARY KEY, topic TEXT NOT NULL DEFAULT '', used_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE away (user TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO rooms VALUES ('lobby', 'welcome', 5), ('dev', '', 6);
  INSERT INTO messages VALUES
    ('dev', 1, 100, 'ada', 'say', 'hello dev', 'key-ada', 'aa'),
    ('lobby', 7, 90, '~bob', 'me', 'waves', NULL, NULL),
    ('lobby', 8, 110, 'ada', 'say', 'hello lobby', 'key-ada', 'bb');`;

/** Takes back what came after the sixth version. */
const asOfSixth = `
  ALTER TABLE words_1 RENAME TO words;
  DROP TABLE segments;
  DROP TABLE given_letters;`;

it("a database of the first version keeps everything, and goes on where it was", async () => {
  const folder = createFolder();
  const before = new DatabaseSync(join(folder, "history.db"));
  before.exec(firstVersion);
  before.close();
  const hub = createFakeHub();
  await using plugin = await hub.load(folder);
  const ada = hub.peer("a", { key: "key-ada" });
  expect(hub.call(ada, "online ada").text).toContain("Topic: welcome\n* ~bob waves\nada: hello lobby");
  expect(hub.call(ada, "say on").data).toMatchObject({ seq: 9 });
  expect(hub.call(ada, "say again", "bb").data).toMatchObject({ seq: 8 });
  expect(hub.call(ada, "search hello").data).toMatchObject({ messages: [{ seq: 8 }] });
  expect(hub.call(ada, "edit ^8 edited").data).toMatchObject({ seq: 10 });
  expect(hub.call(ada, "join dev").data, "nobody comes to own an old room").not.toHaveProperty("role");
  expect(plugin.database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 9 });
});

it("a database of the second version keeps its messages, which operators of rooms may delete", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using plugin = await hub.load(folder);
    const [root, ada] = ["root", "ada"].map((nick) => hub.peer(nick, { key: `key-${nick}` }));
    for (const peer of [ada!, root!]) {
      hub.call(peer, `online ${peer.id}`);
      hub.call(peer, "join dev");
    }
    hub.call(root!, "say of old");
    plugin.database.exec(`
      ${asOfSixth}
      DROP TABLE ignores;
      ALTER TABLE messages DROP COLUMN operator;
      PRAGMA user_version = 2;`);
  }
  const hub = createFakeHub();
  await using plugin = await hub.load(folder);
  expect(plugin.database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 9 });
  const ada = hub.peer("ada", { key: "key-ada" });
  hub.call(ada, "online ada");
  expect(hub.call(ada, "join dev").text).toContain("root: of old");
  expect(hub.call(ada, "delete ^1").data).toMatchObject({ seq: 2 });
});

it("a database of the eighth version knows which private messages are on their way", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using plugin = await hub.load(folder);
    for (const nick of ["ada", "bob"]) hub.call(hub.peer(nick, { key: `key-${nick}` }), `online ${nick}`);
    const ada = hub.peer("ada again", { key: "key-ada" });
    hub.call(ada, "online ada");
    for (const text of ["one", "two"]) hub.call(ada, `msg bob ${text}`);
    plugin.database.exec(`
      ALTER TABLE letters ADD COLUMN clients TEXT;
      ALTER TABLE letters ADD COLUMN receipt TEXT;
      UPDATE letters SET clients = '["asleep","bob"]', receipt = 'of ' || text;
      DROP TABLE given_letters;
      PRAGMA user_version = 8;`);
  }
  const hub = createFakeHub();
  await using plugin = await hub.load(folder);
  expect(plugin.database.prepare("PRAGMA user_version").get()).toEqual({ user_version: 9 });
  const asleep = hub.peer("asleep", { key: "key-bob" });
  hub.call(asleep, "online bob");
  expect(inboxOf(hub, asleep), "both are on their way to it").toEqual([]);
  asleep.receipts.push("of one");
  hub.acknowledge(asleep);
  expect(inboxOf(hub, comeAgain(hub, "next"))).toEqual(["two"]);
});

it("a database of the fifth version keeps numbers, ids, the index of words and what it counts", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using plugin = await hub.load(folder);
    const ada = hub.peer("ada", { key: "key-ada" });
    hub.call(ada, "online ada");
    hub.call(ada, "say green as ever", "aa");
    hub.call(ada, "say without an id");
    hub.call(ada, "search green");
    plugin.database.exec(`
      DROP INDEX messages_id;
      CREATE UNIQUE INDEX messages_id ON messages (id);
      ${asOfSixth}
      PRAGMA user_version = 5;`);
  }
  const hub = createFakeHub();
  await using plugin = await hub.load(folder);
  const ada = hub.peer("ada", { key: "key-ada" });
  hub.call(ada, "online ada");
  expect(hub.call(ada, "say asked again", "aa").data).toMatchObject({ seq: 1 });
  expect(hub.call(ada, "say next").data).toMatchObject({ seq: 3 });
  expect(hub.call(ada, "search green").data).toMatchObject({ messages: [{ seq: 1 }] });
  hub.call(ada, "edit ^1 blue as ever");
  expect(hub.call(ada, "search green").data).toMatchObject({ messages: [] });
  expect(hub.call(ada, "search blue").data).toMatchObject({ messages: [{ seq: 1 }] });
  const weight = plugin.database.prepare("SELECT sum(octet_length(text) + 100) AS value FROM messages");
  const counted = plugin.database.prepare("SELECT value FROM totals WHERE name = 'bytes'");
  expect(counted.get()).toEqual(weight.get());
});

it("a database of the sixth version keeps the private messages that wait", async () => {
  const folder = createFolder();
  {
    const hub = createFakeHub();
    await using plugin = await hub.load(folder);
    const [ada, bob] = ["ada", "bob"].map((nick) => hub.peer(nick, { key: `key-${nick}` }));
    for (const peer of [ada!, bob!]) hub.call(peer, `online ${peer.id}`);
    hub.call(bob!, "offline");
    hub.call(ada!, "msg bob of old", "aa");
    plugin.database.exec(`${asOfSixth} PRAGMA user_version = 6`);
  }
  const hub = createFakeHub();
  await using _plugin = await hub.load(folder);
  const bob = hub.peer("bob", { key: "key-bob" });
  hub.call(bob, "online bob");
  expect(bob.heard.at(-1)).toContain("You have a private message");
  expect(hub.call(bob, "inbox").data).toMatchObject({ messages: [{ from: "ada", text: "of old" }], left: 0 });
});

it("a step that fails leaves the database as it was", async () => {
  const folder = createFolder();
  const before = new DatabaseSync(join(folder, "history.db"));
  before.exec(`${firstVersion} CREATE TABLE ops (something INTEGER)`);
  before.close();
  await expect(createFakeHub().load(folder)).rejects.toThrow("ops already exists");
  const after = new DatabaseSync(join(folder, "history.db"));
  expect(after.prepare("SELECT count(*) AS count FROM messages").get()).toEqual({ count: 3 });
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 1 });
  after.close();
});

it("a database of a later version is refused, with what to do", async () => {
  const folder = createFolder();
  const later = new DatabaseSync(join(folder, "history.db"));
  later.exec("PRAGMA user_version = 99");
  later.close();
  await expect(createFakeHub().load(folder)).rejects.toThrow(
    "history.db has version 99 of the chat's tables, and this palaver knows 9; run the newer palaver",
  );
});
