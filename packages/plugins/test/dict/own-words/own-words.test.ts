import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toQuery } from "../../../src/dict/fold.ts";
import { openAddedWords } from "../../../src/dict/own-words/added-words.ts";
import { openMisses } from "../../../src/dict/own-words/misses.ts";

let database: DatabaseSync;
beforeEach(() => {
  database = new DatabaseSync(":memory:");
});
afterEach(() => {
  database.close();
  vi.useRealTimers();
});

test("words that were added are found, replaced, removed, and there again after a restart", () => {
  let changes = 0;
  const words = openAddedWords(database, () => changes++);
  const find = (word: string, from = words) => from.table().find(toQuery(word))[0]?.definitions[0]?.text;
  expect(words.add("Palaver: 闲谈", "ada", 1)).toBe("Palaver");
  expect(find("palaver")).toBe("闲谈");
  words.add("palaver：讨论", "bob", 2);
  expect(find("palaver")).toBe("讨论");
  expect(
    find(
      "palaver",
      openAddedWords(database, () => {}),
    ),
  ).toBe("讨论");
  expect(words.remove("PALAVER")).toBe(true);
  expect(words.remove("palaver")).toBe(false);
  expect(find("palaver")).toBeUndefined();
  expect(changes).toBe(3);
});

test("what another worker adds and removes is known there within a second", () => {
  vi.useFakeTimers();
  using folder = mkdtempDisposableSync(join(tmpdir(), "palaver-words-"));
  const path = join(folder.path, "words.db");
  using mine = new DatabaseSync(path);
  using theirs = new DatabaseSync(path);
  let changes = 0;
  const here = openAddedWords(mine, () => changes++);
  const there = openAddedWords(theirs, () => {});
  const find = () => {
    here.refresh();
    return here.table().find(toQuery("palaver"))[0]?.definitions[0]?.text;
  };
  expect(find()).toBeUndefined();
  there.add("palaver: 闲谈", "ada", 1);
  vi.advanceTimersByTime(1000);
  expect(find()).toBe("闲谈");
  there.remove("palaver");
  vi.advanceTimersByTime(1000);
  expect(find()).toBeUndefined();
  expect(changes).toBe(2);
  // What else is written there, as misses are, costs no cache.
  openMisses(theirs);
  theirs.exec("INSERT INTO miss VALUES ('wrod', 1, 1)");
  vi.advanceTimersByTime(1000);
  find();
  expect(changes).toBe(2);
});

test.each([
  ["no colon", 'there is no ":"'],
  [":x", "there is no word"],
  ["x:", "there is no translation"],
  [`${"x".repeat(101)}:y`, "it is longer than 100"],
  [`x:${"y".repeat(1001)}`, "it is longer than"],
])("%j is not added", (text, reason) => {
  const words = openAddedWords(database, () => {});
  expect(() => words.add(text, "ada", 1)).toThrow(reason);
  expect(words.table().size).toBe(0);
});

test("the number of words is bounded", () => {
  const words = openAddedWords(database, () => {});
  words.add("old:1", "ada", 1);
  const insert = database.prepare("INSERT INTO added VALUES (?, ?, 'x', 'ada', 1)");
  for (let index = 1; index < 10_000; index++) insert.run(`w${index}`, `w${index}`);
  const full = openAddedWords(database, () => {});
  expect(() => full.add("new:1", "ada", 1)).toThrow("there are 10000 words already");
  expect(full.add("old:2", "ada", 1)).toBe("old");
});

test("misses are counted, those asked for most first, and survive a restart", () => {
  {
    using misses = openMisses(database);
    for (const word of ["flibber", "Flibber ", "wug", "x".repeat(49)]) misses.count(word, 5);
    expect(misses.top(5)).toMatchObject([
      { word: "flibber", count: 2, at: 5 },
      { word: "wug", count: 1 },
    ]);
    misses.count("wug", 6);
  }
  using again = openMisses(database);
  again.count("wug", 7);
  expect(again.top(1)).toMatchObject([{ word: "wug", count: 3, at: 7 }]);
  again.forget("WUG");
  expect(again.top(5).map(({ word }) => word)).toEqual(["flibber"]);
});

test("a flood of misses fills neither memory nor disk, and leaves what is often asked for", () => {
  vi.useFakeTimers();
  using misses = openMisses(database);
  misses.count("often", 1);
  misses.count("often", 1);
  for (let index = 0; index < 12_000; index++) {
    misses.count(`flood${index}`, 2);
    if (index % 900 === 0) vi.advanceTimersByTime(30_000);
  }
  const rows = () => Number(database.prepare("SELECT count(*) AS n FROM miss").get()!["n"]);
  misses.top(1);
  expect(rows()).toBeLessThanOrEqual(10_000);
  expect(rows()).toBeGreaterThan(9000);
  expect(misses.top(1)).toMatchObject([{ word: "often", count: 2 }]);
  // Without a write in between, only so many are held.
  for (let index = 0; index < 5000; index++) misses.count(`burst${index}`, 3);
  misses.top(1);
  expect(Number(database.prepare("SELECT count(*) AS n FROM miss WHERE at = 3").get()!["n"])).toBe(1000);
});
