import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { createHistory } from "../../src/chat/store/history.ts";
import { createRetention } from "../../src/chat/store/retention.ts";
import { createTables } from "../../src/chat/store/schema.ts";
import { createSearch } from "../../src/chat/store/search.ts";
import { createWordSegments, type SegmentSizes } from "../../src/chat/store/word-segments.ts";
import { createFolder } from "./folder.ts";

/** The stores over one database in memory, with segments that are soon full. */
function createStores(sizes: SegmentSizes, perRoom: number, database = new DatabaseSync(":memory:")) {
  createTables(database);
  const words = createWordSegments(database, sizes);
  const history = createHistory(database, words);
  const retention = createRetention(database, words, { perRoom, maxAgeMs: undefined, maxBytes: 2 ** 40 });
  const search = createSearch(database, words);
  const author = { key: "key", host: undefined, isOperator: false, id: undefined };
  return {
    database,
    words,
    search,
    retention,
    say(room: string, text: string) {
      const seq = history.append({ room, at: 0, from: "ada", kind: "say", text, ...author })!;
      retention.stored(room, seq, () => 0);
      return seq;
    },
    change: (room: string, target: number, kind: "edit" | "delete", text: string) =>
      history.change({ room, target, at: 0, from: "ada", kind, text, ...author }),
    find(room: string, word: string) {
      search.index();
      return search.find(room, [word], 1000).map(({ seq }) => seq);
    },
    segments: () =>
      database
        .prepare(
          "SELECT name FROM sqlite_schema WHERE name GLOB 'words_[0-9]*' AND sql LIKE 'CREATE VIRTUAL%'",
        )
        .all()
        .map((row) => String(row["name"]))
        .toSorted(),
    [Symbol.dispose]: () => database.close(),
  };
}

/** Numbers of a linear congruential generator (Knuth, TAOCP 2, 3.3.4). */
function createRandom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it("a busy room leaves no segments behind, and only what it still holds is found", () => {
  using stores = createStores({ numbers: 512, merged: -1 }, 1000);
  for (let number = 1; number <= 8000; number++) {
    stores.say("busy", `word${number} common`);
    if (number % 256 === 0) stores.search.index();
  }
  stores.retention.sweep(0);
  expect(stores.segments().length, "segments of 8000 messages, of which 1000 are kept").toBeLessThan(5);
  expect(stores.find("busy", "word100")).toEqual([]);
  expect(stores.find("busy", "word7500")).toEqual([7500]);
  expect(stores.find("busy", "common")).toHaveLength(1000);
  expect(stores.find("busy", "common").at(0), "the newest first").toBe(8000);
  expect(stores.find("busy", "common").at(-1)).toBe(7001);
});

it("what quiet rooms hold among a busy one's is moved together, and still found", () => {
  using stores = createStores({ numbers: 512, merged: 128 }, 500);
  for (let number = 1; number <= 20_000; number++) {
    stores.say("busy", `hay${number}`);
    if (number % 200 === 0) stores.say("quiet", `needle${number}`);
    if (number % 256 === 0) stores.search.index();
  }
  const before = stores.segments().length;
  for (let turn = 0; turn < 100; turn++) stores.retention.sweep(0);
  expect(stores.segments().length).toBeLessThanOrEqual(before);
  expect(stores.segments().length, "of 40 segments, most with a few messages of the quiet room").toBeLessThan(
    8,
  );
  expect(stores.find("quiet", "needle")).toEqual(Array.from({ length: 100 }, (_, index) => 100 - index));
  expect(stores.find("quiet", "needle3000")).toEqual([15]);
  expect(stores.find("busy", "hay1900")).toEqual([]);
});

it.each([1, 2, 3, 4])("finds what a list of all texts has, whatever happens (seed %i)", (seed) => {
  using stores = createStores({ numbers: 64, merged: 24 }, 100);
  const random = createRandom(seed);
  const rooms = ["red", "green", "blue"];
  const vocabulary = ["apple", "banana", "cherry", "damson", "elder", "figgy"];
  const word = () => vocabulary[random(vocabulary.length)]!;
  for (let step = 0; step < 3000; step++) {
    // The first room says most, so that the others' messages are spread thinly.
    const room = rooms[random(20) === 0 ? 1 + random(2) : 0]!;
    const dice = random(100);
    if (dice < 85) stores.say(room, `${word()} ${word()}`);
    else if (dice < 93) {
      const said = stores.database
        .prepare(
          "SELECT seq FROM messages WHERE room = ? AND kind = 'say' ORDER BY seq DESC LIMIT 1 OFFSET ?",
        )
        .get(room, random(100));
      if (said) stores.change(room, Number(said["seq"]), dice < 89 ? "edit" : "delete", word());
    } else if (dice < 96) stores.search.index();
    else if (dice < 98) stores.retention.sweep(0);
    else if (dice === 98 && random(4) === 0) stores.retention.forget(room);
    if (step % 50 !== 0) continue;
    const wanted = word();
    const holding = stores.database
      .prepare(
        `SELECT seq FROM messages WHERE room = ? AND kind = 'say' AND deleted_at IS NULL AND text LIKE ?
         ORDER BY number DESC`,
      )
      .all(room, `%${wanted}%`)
      .map((row) => Number(row["seq"]));
    expect(stores.find(room, wanted), `step ${step}`).toEqual(holding);
  }
});

it("when all messages are gone, so are all segments, and what is said then is found", () => {
  using stores = createStores({ numbers: 64, merged: 24 }, 1000);
  for (let turn = 0; turn < 3; turn++) {
    for (let number = 1; number <= 100; number++) stores.say("lobby", `word${number} in turn ${turn}`);
    expect(stores.find("lobby", "word50")).toHaveLength(1);
    stores.retention.forget("lobby");
    expect(stores.segments()).toEqual([]);
    expect(stores.find("lobby", "word50")).toEqual([]);
  }
});

it("another worker may drop or merge segments while this one searches", () => {
  const path = join(createFolder(), "history.db");
  const database = new DatabaseSync(path);
  using stores = createStores({ numbers: 64, merged: -1 }, 1000, database);
  for (let number = 1; number <= 500; number++) {
    stores.say("lobby", `word${number}`);
    if (number % 50 === 0) stores.search.index();
  }
  using others = createStores({ numbers: 64, merged: 1000 }, 1000, new DatabaseSync(path));
  const { words } = stores;
  const before = words.tables();
  const search = createSearch(database, {
    ...words,
    tables() {
      const tables = words.tables();
      for (let turn = 0; turn < 10; turn++) others.retention.sweep(0);
      return tables;
    },
  });
  expect(search.find("lobby", ["word70"], 10).map(({ seq }) => seq)).toEqual([70]);
  expect(words.tables().length, "segments were merged meanwhile").toBeLessThan(before.length);
  expect(search.find("lobby", ["word70"], 10).map(({ seq }) => seq)).toEqual([70]);
});
