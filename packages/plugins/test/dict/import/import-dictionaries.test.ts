import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databasePath, tryOpenDatabase, tryReadHeadwords } from "../../../src/dict/database.ts";
import {
  importDictionaries,
  importedFraction,
  planStages,
} from "../../../src/dict/import/import-dictionaries.ts";
import type { SourceData } from "../../../src/dict/import/source-data.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";

// Large enough for several batches: a batch is a quarter of a megabyte.
const wordCount = 12_000;
let folder: ReturnType<typeof createTemporaryFolder>;
let data: SourceData;

beforeEach(() => {
  folder = createTemporaryFolder();
  data = writeData(folder.path, "1");
});
afterEach(() => folder[Symbol.dispose]());

function writeData(directory: string, version: string): SourceData {
  const file = (name: string, content: string) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return { path, bytes: Buffer.byteLength(content), version };
  };
  const header = "word,phonetic,definition,translation,pos,collins,oxford,tag,bnc,frq,exchange,detail,audio";
  const words = Array.from({ length: wordCount }, (_, index) => {
    const rank = index % 10 === 0 ? index + 1 : 0;
    return `w${index},'f,"a ""definition"", long ${"x".repeat(30)}",n. 词${index} v${version},,,,,${rank},0,0:w${index % 100},,`;
  });
  return {
    ecdict: file(
      "ecdict.csv",
      `${[header, ...words, "word,,,字,,,,,0,0,,,", "empty,,only english,,,,,,0,0,,,"].join("\r\n")}\r\n`,
    ),
    lemmas: file("lemma.txt", "; comment\nword/10 -> words,worded\nw1/5 -> words\n"),
    cedict: file(
      "cedict.json",
      JSON.stringify([
        {
          traditional: "蘋果",
          simplified: "苹果",
          pinyin: "ping2 guo3",
          english: ["apple", 'a "quoted" {thing}'],
        },
        ...Array.from({ length: 5000 }, (_, id) => ({
          traditional: `字${id}`,
          simplified: `字${id}`,
          pinyin: "zi4",
          english: [`character ${id} ${"x".repeat(50)}`],
        })),
      ]),
    ),
  };
}

const stages = () => planStages(data, ["ecdict", "cedict"]);

function contents() {
  using database = tryOpenDatabase(folder.path)!;
  const count = (table: string) =>
    Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]);
  return {
    ecdict: count("ecdict"),
    cedict: count("cedict"),
    keys: count("cedict_key"),
    forms: database
      .prepare("SELECT key, lemma FROM form ORDER BY key")
      .all()
      .map((row) => ({ ...row })),
    fraction: importedFraction(database, stages()),
  };
}

const whole = {
  ecdict: wordCount + 1,
  cedict: 5001,
  keys: 5001 * 2 + 1,
  forms: [
    { key: "worded", lemma: "word" },
    { key: "words", lemma: "word" },
  ],
  fraction: 1,
};

test("everything with a translation is imported, and progress goes up to 1", async () => {
  const progress: number[] = [];
  await importDictionaries(folder.path, stages(), (fraction) => progress.push(fraction));
  expect(contents()).toEqual(whole);
  expect(progress.length).toBeGreaterThan(8);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(progress.at(-1)).toBe(1);
});

test("frequent words are there before rare ones", async () => {
  await expect(cutAt(0.3)).rejects.toThrow("cut");
  using database = tryOpenDatabase(folder.path)!;
  const rank = (word: string) =>
    database.prepare("SELECT rank FROM ecdict WHERE key = ?").get(word)?.["rank"];
  expect(rank("w11990")).toBe(11991);
  expect(rank("w11991")).toBeUndefined();
});

/** Ends the import in the midst of a batch, as a crash does. */
function cutAt(wanted: number) {
  return importDictionaries(folder.path, stages(), (fraction) => {
    if (fraction >= wanted && fraction < 1) throw new Error("cut");
  });
}

test.each([0.01, 0.2, 0.4, 0.6, 0.8])(
  "an import that was cut at %f is complete after the next one",
  async (at) => {
    await expect(cutAt(at)).rejects.toThrow("cut");
    expect(contents().fraction).toBeLessThan(1);
    await importDictionaries(folder.path, stages(), () => {});
    expect(contents()).toEqual(whole);
  },
);

test("an import with nothing to do writes nothing", async () => {
  await importDictionaries(folder.path, stages(), () => {});
  using database = new DatabaseSync(databasePath(folder.path));
  const version = () => database.prepare("PRAGMA data_version").get()?.["data_version"];
  const before = version();
  await importDictionaries(folder.path, stages(), () => {});
  expect(version()).toBe(before);
});

test("data of another version replaces the old", async () => {
  await importDictionaries(folder.path, stages(), () => {});
  data = writeData(folder.path, "2");
  expect(contents().fraction).toBe(0);
  await importDictionaries(folder.path, stages(), () => {});
  expect(contents()).toEqual(whole);
  using database = tryOpenDatabase(folder.path)!;
  expect(database.prepare("SELECT translation FROM ecdict WHERE key = 'w5'").get()?.["translation"]).toBe(
    "n. 词5 v2",
  );
});

test.each(["", "no database at all, but long enough to be taken for the head of one".repeat(20)])(
  "a file that is no database of ours is replaced",
  async (content) => {
    writeFileSync(databasePath(folder.path), content);
    expect(tryOpenDatabase(folder.path)).toBeUndefined();
    await importDictionaries(folder.path, stages(), () => {});
    expect(contents()).toEqual(whole);
  },
);

test("a database with tables of another version is rebuilt", async () => {
  {
    using database = new DatabaseSync(databasePath(folder.path));
    database.exec("CREATE TABLE ecdict (other TEXT); PRAGMA user_version = 999");
  }
  expect(tryOpenDatabase(folder.path)).toBeUndefined();
  await importDictionaries(folder.path, stages(), () => {});
  expect(contents()).toEqual(whole);
});

test("a database of the first release, without headwords, gets them; its words stay", async () => {
  await importDictionaries(folder.path, stages(), () => {});
  {
    using database = new DatabaseSync(databasePath(folder.path));
    database.exec(`
      DROP TABLE headwords;
      DELETE FROM stage WHERE name LIKE '%headwords%';
      UPDATE ecdict SET translation = 'of the first import' WHERE key = 'w5'`);
  }
  await importDictionaries(folder.path, stages(), () => {});
  expect(contents()).toEqual(whole);
  using database = tryOpenDatabase(folder.path)!;
  for (const name of ["ecdict", "cedict"]) expect(tryReadHeadwords(database, name)).toBeDefined();
  expect(database.prepare("SELECT translation FROM ecdict WHERE key = 'w5'").get()).toEqual({
    translation: "of the first import",
  });
});

test("two imports into one folder follow each other", async () => {
  const order: string[] = [];
  await Promise.all(
    ["a", "b"].map(async (name) => {
      await importDictionaries(folder.path, stages(), (fraction) => fraction < 1 && order.push(name));
      order.push(`${name} done`);
    }),
  );
  expect(contents()).toEqual(whole);
  // The one that waited tells of the other's progress, then finds nothing to do.
  expect(order.filter((entry) => entry.endsWith("done"))).toHaveLength(2);
});

test("a dictionary that is switched off is not imported", async () => {
  await importDictionaries(folder.path, planStages(data, ["cedict"]), () => {});
  expect(contents()).toMatchObject({ ecdict: 0, cedict: 5001 });
});
