import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, onTestFinished, vi } from "vitest";
import { historyOf, setUp } from "./people.ts";

/** What everybody else sees of the database: what is committed. */
function openReader(directory: string) {
  const database = new DatabaseSync(join(directory, "history.db"), { readOnly: true });
  const texts = database.prepare("SELECT text FROM messages ORDER BY number");
  return {
    texts: () => texts.all().map((row) => String(row["text"])),
    [Symbol.dispose]: () => database.close(),
  };
}

/** From now on each message breaks a rule that SQLite looks at when it commits. */
const breakCommits = `
  CREATE TABLE one (id INTEGER PRIMARY KEY);
  CREATE TABLE other (id INTEGER REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED);
  CREATE TRIGGER break AFTER INSERT ON messages BEGIN INSERT INTO other VALUES (1); END;`;

it("the messages of one turn are committed together, before anything is sent", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  using reader = openReader(plugin.directory);
  expect(hub.callInTurn(ada, "say one").data).toMatchObject({ seq: 1 });
  expect(hub.callInTurn(ada, "say two", "id-two").data).toMatchObject({ seq: 2 });
  expect(hub.callInTurn(ada, "say again", "id-two").data, "asked again in the same turn").toMatchObject({
    seq: 2,
  });
  expect(hub.callInTurn(ada, "search two").data).toMatchObject({ messages: [{ seq: 2 }] });
  expect(reader.texts()).toEqual([]);
  hub.settle();
  expect(reader.texts()).toEqual(["one", "two"]);
});

it("what is not answered at the end of the turn is committed at once, with all that waited", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  const text = hub.peer("text");
  hub.call(text, "online zoe");
  using reader = openReader(plugin.directory);
  hub.callInTurn(ada, "say by a session");
  hub.callInTurn(text, "say by a text peer");
  expect(reader.texts()).toEqual(["by a session", "by a text peer"]);
  hub.callInTurn(ada, "say more");
  hub.callInTurn(ada, "edit ^1 edited");
  expect(reader.texts(), "an edit").toEqual(["edited", "by a text peer", "more", "edited"]);
  hub.callInTurn(ada, "say and on");
  hub.callInTurn(ada, "topic new");
  expect(reader.texts().at(-1), "a topic").toBe("and on");
});

it("a plugin that goes commits what waits; beside another instance nothing waits", async () => {
  const setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  using reader = openReader(plugin.directory);
  hub.callInTurn(ada, "say one");
  const second = await hub.load(plugin.directory);
  expect(reader.texts(), "committed before the other one sets up").toEqual(["one"]);
  hub.callInTurn(ada, "say two");
  expect(reader.texts()).toEqual(["one", "two"]);
  await setup[Symbol.asyncDispose]();
  hub.callInTurn(ada, "say three");
  expect(reader.texts()).toEqual(["one", "two"]);
  await second[Symbol.asyncDispose]();
  expect(reader.texts()).toEqual(["one", "two", "three"]);
});

it("when a commit fails, what was given out is stored as soon as it can be, and nothing new is accepted before", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  using reader = openReader(plugin.directory);
  hub.call(ada, "say before");
  plugin.database.exec(breakCommits);
  expect(hub.callInTurn(ada, "say first").data).toMatchObject({ seq: 2 });
  expect(hub.callInTurn(ada, "say second").data).toMatchObject({ seq: 3 });
  hub.settle();
  expect(hub.warnings).toEqual([
    "the chat's database did not take messages that were given out; they wait in memory",
  ]);
  expect(reader.texts()).toEqual(["before"]);
  for (let attempt = 0; attempt < 3; attempt++)
    expect(() => hub.call(ada, "say third")).toThrow("nobody has got it");
  expect(() => hub.call(ada, "topic new")).toThrow("nobody has got it");
  plugin.database.exec("DROP TRIGGER break");
  expect(hub.call(ada, "say third").data).toMatchObject({ seq: 4 });
  expect(reader.texts()).toEqual(["before", "first", "second", "third"]);
  expect(historyOf(hub, ada)).toBe("ada: before\nada: first\nada: second\nada: third");
});

it("what waits after a failed commit is not lost when an instance beside has given its number out again", async () => {
  const setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  plugin.database.exec(breakCommits);
  expect(hub.callInTurn(ada, "say first", "id-first").data).toMatchObject({ seq: 1 });
  hub.settle();
  plugin.database.exec("DROP TRIGGER break");
  await using second = await hub.load(plugin.directory);
  expect(hub.call(ada, "say meanwhile", "id-meanwhile").data).toMatchObject({ seq: 1 });
  await setup[Symbol.asyncDispose]();
  using reader = openReader(second.directory);
  expect(reader.texts()).toEqual(["meanwhile", "first"]);
});

it("what waits after a failed commit is stored though nobody says anything more", async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  plugin.database.exec(breakCommits);
  hub.callInTurn(ada, "say first", "id-first");
  hub.settle();
  using reader = openReader(plugin.directory);
  vi.advanceTimersByTime(60_000);
  expect(reader.texts()).toEqual([]);
  plugin.database.exec("DROP TRIGGER break");
  vi.advanceTimersByTime(60_000);
  expect(reader.texts()).toEqual(["first"]);
});

it("a disk that is full in the middle of a turn costs the messages before nothing", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  const { page_count: pages } = plugin.database.prepare("PRAGMA page_count").get() as { page_count: number };
  plugin.database.exec(`PRAGMA max_page_count = ${pages + 3}`);
  let said = 0;
  expect(() => {
    for (; said < 100; said++) hub.callInTurn(ada, `say ${said} ${"x".repeat(1900)}`);
  }).toThrow("nobody has got it");
  expect(said).toBeGreaterThan(0);
  hub.settle();
  plugin.database.exec("PRAGMA max_page_count = 1000000");
  expect(hub.call(ada, "say on").data).toMatchObject({ seq: said + 1 });
  using reader = openReader(plugin.directory);
  expect(reader.texts().map((text) => text.split(" ")[0])).toEqual([
    ...Array.from({ length: said }, (_, number) => String(number)),
    "on",
  ]);
});
