import { expect, it, onTestFinished, vi } from "vitest";
import { historyOf, setUp } from "./people.ts";

interface Found {
  readonly messages: readonly { readonly seq: number; readonly text: string }[];
}

it("finds words in any case, with or without accents, in part, newest first, and only in the room", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  hub.call(ada, "say The Café is green");
  hub.call(ada, "me paints the cafe GREEN");
  hub.call(ada, 'say 100% "quoted" under_score back\\slash');
  hub.call(ada, "join dev");
  hub.call(ada, "say the green in dev");
  const find = (words: string) =>
    (hub.call(ada, `search #lobby ${words}`).data as Found).messages.map(({ seq }) => seq);
  expect(find("cafe green")).toEqual([2, 1]);
  expect(find("afé")).toEqual([2, 1]);
  expect(find("green nothing")).toEqual([]);
  expect(find("the in")).toEqual([2]);
  expect(find("0%")).toEqual([3]);
  expect(find("_")).toEqual([3]);
  expect(find("k\\s")).toEqual([3]);
  expect(find('"quoted"')).toEqual([3]);
  expect(find('" OR text:')).toEqual([]);
  expect(find("NOT* AND (x")).toEqual([]);
  expect(hub.call(ada, "search green").text).toMatch(
    /^\^1 \d{4}-\d\d-\d\d \d\d:\d\dZ ada: the green in dev$/,
  );
});

it("finds accents in either of their forms, also where a word without its marks is too short for the index", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  hub.call(ada, "say cafe\u0301 o\u0302\u0316k");
  for (const words of ["é", "e\u0301", "café", "fe\u0301", "o\u0302\u0316k", "\u00f4\u0316k"])
    expect((hub.call(ada, `search ${words}`).data as Found).messages, words).toHaveLength(1);
});

it("looks at the newest 50,000 messages that hold the words, of all rooms", async () => {
  await using setup = await setUp();
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  hub.call(ada, "say the needle");
  const fill = (count: number) =>
    plugin.database.exec(`
      INSERT INTO messages (room, seq, at, nick, kind, text)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
      SELECT 'hay', (SELECT count(*) FROM messages) + i, 0, 'x', 'say', 'the hay' FROM n`);
  const find = (words: string) => (hub.call(ada, `search ${words}`).data as Found).messages.length;
  fill(49_999);
  expect(find("the")).toBe(1);
  fill(1);
  expect([find("the"), find("needle"), find("the needle")]).toEqual([0, 1, 1]);
});

it("finds Chinese of one, two and more characters", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  for (const text of ["你好，世界", "今天的天气很好", "没有关系"]) hub.call(ada, `say ${text}`);
  const find = (words: string) =>
    (hub.call(ada, `search ${words}`).data as Found).messages.map(({ seq }) => seq);
  expect(find("世界")).toEqual([1]);
  expect(find("好")).toEqual([2, 1]);
  expect(find("天的天气")).toEqual([2]);
  expect(find("天气 很好")).toEqual([2]);
});

it("knows an edited message by its new words only, whether it was in the index or not", async () => {
  await using setup = await setUp();
  const { hub } = setup;
  const ada = setup.enter("ada");
  const find = (words: string) => (hub.call(ada, `search ${words}`).data as Found).messages.length;
  hub.call(ada, "say elephant");
  hub.call(ada, "edit giraffe");
  expect([find("elephant"), find("giraffe")]).toEqual([0, 1]);
  hub.call(ada, "edit crocodile");
  expect([find("giraffe"), find("crocodile")]).toEqual([0, 1]);
  hub.call(ada, "delete");
  expect(find("crocodile")).toBe(0);
});

it.each([
  ["search", "words"],
  ["search #lobby", "Say what to look for"],
  ["search a b c d e f g h i", "at most 8 words"],
  [`search ${"x".repeat(201)}`, "200 characters"],
  ["search #dev x", "You are not in #dev."],
])("%j is refused", async (line, reason) => {
  await using setup = await setUp();
  const ada = setup.enter("ada");
  expect(() => setup.hub.call(ada, line)).toThrow(reason === "words" ? "missing" : reason);
});

it("drops what is older than it may be, goes on counting, and finds it no more", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: new Date("2026-11-20T12:00:00Z") });
  onTestFinished(() => void vi.useRealTimers());
  await using setup = await setUp({ keep_for: "30d" });
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  for (let number = 1; number <= 63; number++) hub.call(ada, `say old ${number}`);
  expect((hub.call(ada, "search old").data as Found).messages).toHaveLength(20);
  vi.advanceTimersByTime(30 * 86_400_000 + 1);
  hub.call(ada, "say fresh");
  expect(plugin.database.prepare("SELECT seq, text FROM messages").all()).toEqual([
    { seq: 64, text: "fresh" },
  ]);
  expect((hub.call(ada, "search old").data as Found).messages).toEqual([]);
  expect(historyOf(hub, ada)).toBe("ada: fresh");
  vi.advanceTimersByTime(31 * 86_400_000);
  await using again = await hub.load(plugin.directory, { keep_for: "30d" });
  expect(again.database.prepare("SELECT count(*) AS count FROM messages").get()).toEqual({ count: 0 });
  expect(hub.call(ada, "say on").data, "also when nothing is left").toMatchObject({ seq: 65 });
  expect((hub.call(ada, "search fresh").data as Found).messages).toEqual([]);
  hub.call(ada, "say fresh again");
  expect((hub.call(ada, "search fresh").data as Found).messages, "numbers that come again").toHaveLength(1);
});

it("drops what is too old within a minute, also where nobody says anything", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const setup = await setUp({ keep_for: "10m" });
  const { database } = setup.plugin;
  setup.hub.call(setup.enter("ada"), "say hello");
  const count = () => database.prepare("SELECT count(*) AS count FROM messages").get();
  vi.advanceTimersByTime(10 * 60_000);
  expect(count()).toEqual({ count: 1 });
  vi.advanceTimersByTime(60_000);
  expect(count()).toEqual({ count: 0 });
  await setup[Symbol.asyncDispose]();
  expect(vi.getTimerCount(), "a plugin that is gone sweeps no more").toBe(0);
});

it("drops the oldest of all rooms when all together are too much", async () => {
  await using setup = await setUp({ keep_mib: 1 });
  const { hub, plugin } = setup;
  const ada = setup.enter("ada");
  hub.call(ada, "say the very first");
  hub.call(ada, "join dev");
  const text = "x".repeat(2000);
  for (let number = 0; number < 1280; number++) hub.call(ada, `say ${text}`);
  const { bytes } = plugin.database
    .prepare("SELECT sum(length(text) + 100) AS bytes FROM messages")
    .get() as { bytes: number };
  expect(bytes).toBeGreaterThan(0);
  await using again = await hub.load(plugin.directory, { keep_mib: 1 });
  const after = again.database.prepare(
    "SELECT sum(length(text) + 100) AS bytes, min(room) AS room FROM messages",
  );
  expect((after.get() as { bytes: number }).bytes).toBeLessThanOrEqual(1_048_576);
  expect(again.database.prepare("SELECT value FROM totals WHERE name = 'bytes'").get()).toEqual({
    value: (after.get() as { bytes: number }).bytes,
  });
  expect(after.get()).toMatchObject({ room: "dev" });
  expect(hub.call(ada, "say on").data).toMatchObject({ seq: 1281 });
});
