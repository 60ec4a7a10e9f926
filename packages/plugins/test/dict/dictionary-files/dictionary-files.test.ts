// Files as the published formats have them, and what hostile hands make of them. Dictionaries of Debian's are read in
// test/e2e/dict-server.test.ts.
import { randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildIndex } from "../../../src/dict/dictionary-files/index-build.ts";
import { tryOpenIndex } from "../../../src/dict/dictionary-files/index-store.ts";
import { createDictionaryFiles } from "../../../src/dict/dictionary-files/dictionary-files.ts";
import { createDictionarySource } from "../../../src/dict/dictionary-files/dictionary-source.ts";
import { locateParts } from "../../../src/dict/dictionary-files/parts.ts";
import type { Source } from "../../../src/dict/entry.ts";
import { toQuery } from "../../../src/dict/fold.ts";
import { runImport } from "../../../src/dict/import/run-import.ts";
import { createTestContext } from "../../plugin-context.ts";
import { createTemporaryFolder } from "../temporary-folder.ts";
import { packDictzip, writeDictd, writeInfo, writeStarDict, writeSynonyms } from "./write-dictionary.ts";

let folder: ReturnType<typeof createTemporaryFolder>;
let stack: DisposableStack;
let base: string;
const logged: string[] = [];
const note = (message: string) => void logged.push(message);
const log = { info: note, warn: note, error: note, progress: () => {} };

beforeEach(() => {
  folder = createTemporaryFolder();
  stack = new DisposableStack();
  base = join(folder.path, "test");
  logged.length = 0;
});
afterEach(() => {
  stack.dispose();
  folder[Symbol.dispose]();
});

async function open(main: string): Promise<Source> {
  const target = join(folder.path, "index.db");
  await buildIndex(main, `${target}.new`, target);
  const store = stack.use(tryOpenIndex(target, locateParts(main))!);
  return createDictionarySource("test", store, log);
}

const words = [
  { word: "ape", text: "[eip]\nn. 猿" },
  { word: "Apple", text: "1. a fruit\n2. a tree" },
  { word: "café", text: "a place for coffee" },
  { word: "ice cream", text: "frozen cream" },
  { word: "long", text: "x".repeat(3000) },
];
const texts = (source: Source, word: string) =>
  source
    .find(toQuery(word))
    .map((entry) => entry.definitions.map(({ pos, text }) => (pos ? `${pos} ${text}` : text)));

describe("StarDict", () => {
  test("words are found, with pronunciation and definitions", async () => {
    writeStarDict(base, words);
    const source = await open(`${base}.ifo`);
    expect(source.title).toBe("A test");
    expect(source.find(toQuery("APE"))).toEqual([
      { source: "test", word: "ape", phonetic: "eip", definitions: [{ pos: "n.", text: "猿" }] },
    ]);
    expect(texts(source, "apple")).toEqual([["1. a fruit", "2. a tree"]]);
    expect(texts(source, "cafe")).toEqual([["a place for coffee"]]);
    expect(texts(source, "Ice-Cream")).toEqual([["frozen cream"]]);
    expect(texts(source, "nothing")).toEqual([]);
    expect(source.articles!(toQuery("long"))[0]!.text).toHaveLength(3005);
  });

  test("it is matched in every way", async () => {
    writeStarDict(base, words);
    const source = await open(`${base}.ifo`);
    expect(source.list(toQuery("ap"), 10).map(({ word }) => word)).toEqual(["ape", "Apple"]);
    expect(source.match("suffix", toQuery("E"), 10)).toEqual(["ape", "Apple"]);
    expect(source.match("substring", toQuery("e c"), 10)).toEqual(["ice cream"]);
    expect(source.match("soundex", toQuery("aple"), 10)).toEqual(["Apple"]);
    expect(source.near(toQuery("appel"), 5)).toContain("Apple");
    expect(words.map(({ word }) => word.toLowerCase())).toContain(source.pick(4711));
  });

  test.each([
    ["64-bit offsets", { wide: true, info: ["idxoffsetbits=64", "sametypesequence=m"] }],
    ["types in the data", { info: [] }],
  ])("%s", async (_name, options) => {
    const typed =
      options.info.length === 0 ? words.map(({ word, text }) => ({ word, text: `m${text}\0` })) : words;
    writeStarDict(base, typed, options);
    expect(texts(await open(`${base}.ifo`), "apple")).toEqual([["1. a fruit", "2. a tree"]]);
  });

  test("phonetics, markup and pictures have parts of their own", async () => {
    const picture = Buffer.from([0, 0, 0, 3, 1, 2, 3]);
    const text = Buffer.concat([
      Buffer.from("'hʌb\0"),
      picture,
      Buffer.from("<b>n.</b> a <i>wheel&apos;s</i> centre &amp; more&#33;<br/>a town &lt;of trade&gt;"),
    ]);
    writeStarDict(base, [{ word: "hub", text }], { info: ["sametypesequence=tPh"] });
    const [entry] = (await open(`${base}.ifo`)).find(toQuery("hub"));
    expect(entry).toMatchObject({
      phonetic: "'hʌb",
      definitions: [{ pos: "n.", text: "a wheel's centre & more!" }, { text: "a town <of trade>" }],
    });
  });

  test("a pronunciation of thousands of letters is none", async () => {
    const text = Buffer.from(`${"p".repeat(30_000)}\0a meaning`);
    writeStarDict(base, [{ word: "hub", text }], { info: ["sametypesequence=tm"] });
    const [entry] = (await open(`${base}.ifo`)).find(toQuery("hub"));
    expect(entry).toEqual({ source: "test", word: "hub", definitions: [{ text: "a meaning" }] });
  });

  test("packed index, packed data and synonyms", async () => {
    const { index, data } = writeStarDict(base, words);
    writeSynonyms(base, [
      ["apples", 1],
      ["monkey", 0],
    ]);
    writeFileSync(`${base}.idx.gz`, gzipSync(index));
    writeFileSync(`${base}.dict.dz`, packDictzip(data));
    for (const plain of [`${base}.idx`, `${base}.dict`]) rmSync(plain);
    const source = await open(`${base}.ifo`);
    expect(source.find(toQuery("Monkey"))).toMatchObject([{ word: "ape", form: "monkey" }]);
    // Over thirty chunks, which the cache does not hold all.
    expect(source.articles!(toQuery("long"))[0]!.text).toBe(`long\n${"x".repeat(3000)}`);
    expect(texts(source, "apples")).toEqual([["1. a fruit", "2. a tree"]]);
  });

  test("terminal controls and direction marks of a text go no further", async () => {
    writeStarDict(base, [{ word: "evil\u001b[2J", text: "\u001b]0;x\u0007red\u202e\nnext\u0000" }]);
    const source = await open(`${base}.ifo`);
    const [entry] = source.list(toQuery("e"), 9);
    const [article] = source.articles!(toQuery("evil [2J"));
    expect(entry!.word).toBe("evil [2J");
    expect(entry!.definitions.map(({ text }) => text)).toEqual(["]0;x red", "next"]);
    expect(article!.text).toBe("evil [2J\n]0;x red\nnext");
  });
});

describe("dictd", () => {
  const about = [
    { word: "00-database-short", text: "00-database-short\nA dictd test\n" },
    { word: "00databaseinfo", text: "00-database-info\nMade by hand.\n" },
  ];
  test("words, title and origin", async () => {
    writeDictd(base, [
      ...about,
      { word: "amo", text: "amo /ˈamɔ/\n   to love,\n   to be fond of\n" },
      {
        word: "absurdity",
        text: `ABSURDITY, n.  ${"A statement or belief manifestly inconsistent ".repeat(3)}\nwith one's own.\n`,
      },
    ]);
    const source = await open(`${base}.index`);
    expect(source).toMatchObject({ title: "A dictd test", about: "Made by hand." });
    expect(source.find(toQuery("amo"))).toMatchObject([
      { word: "amo", phonetic: "ˈamɔ", definitions: [{ text: "to love," }, { text: "to be fond of" }] },
    ]);
    const [[only, ...more] = []] = texts(source, "absurdity");
    expect(only).toMatch(/^n\. A statement .* with one's own\.$/);
    expect(more).toEqual([]);
    expect(source.find(toQuery("00-database-short"))).toEqual([]);
    expect(source.list(toQuery("00"), 9)).toEqual([]);
  });
});

describe("damaged dictionaries are refused with the file and the reason", () => {
  const refused = async (main: string) => {
    const target = join(folder.path, "index.db");
    const error = await buildIndex(main, `${target}.new`, target).then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    expect(existsSync(target)).toBe(false);
    rmSync(`${target}.new`, { force: true });
    return error;
  };
  test.each([
    ["no .ifo at all", () => writeFileSync(`${base}.ifo`, "hello"), 'test.ifo does not begin with "StarDict'],
    [
      "a huge .ifo",
      () => writeFileSync(`${base}.ifo`, "x".repeat(70_000)),
      "test.ifo is larger than 65536 bytes",
    ],
    ["no version", () => writeFileSync(`${base}.ifo`, "StarDict's dict ifo file\n"), "has no version="],
    ["no count", () => writeInfo(base, -1, 1), "has no number at wordcount="],
    ["odd types", () => writeInfo(base, 1, 1, ["sametypesequence=m/../"]), "which are no types"],
    ["odd offsets", () => writeInfo(base, 1, 1, ["idxoffsetbits=16"]), "not 32 or 64"],
    ["a cut index", () => truncateSync(`${base}.idx`, 20), "test.idx is cut off behind entry 1"],
    [
      "a missing entry",
      () => truncateSync(`${base}.idx`, 12),
      "test.idx holds 12 bytes, but test.ifo says 71",
    ],
    ["an endless word", () => writeFileSync(`${base}.idx`, "x".repeat(9000)), "there is no end of a word"],
    ["data cut off", () => truncateSync(`${base}.dict`, 20), '"Apple" lies behind the end'],
    ["no data", () => rmSync(`${base}.dict`), "there is no"],
    ["plain gzip", () => writeFileSync(`${base}.dict.dz`, gzipSync("x")), "pack it with dictzip"],
    ["a synonym of nothing", () => writeSynonyms(base, [["x", 99]]), "test.syn names entry 99"],
  ])("%s", async (_name, damage, reason) => {
    writeStarDict(base, words);
    damage();
    expect(await refused(`${base}.ifo`)).toContain(reason);
  });

  test("a dictd index of rubbish names its line", async () => {
    writeDictd(base, words);
    writeFileSync(`${base}.index`, "ape\tA\tP\nbad line\n");
    expect(await refused(`${base}.index`)).toBe("test.index:2 is no line of a dictd index");
    writeFileSync(`${base}.index`, "ape\t//////\tP\n");
    expect(await refused(`${base}.index`)).toContain('"ape" lies behind the end');
    writeFileSync(`${base}.index`, "y".repeat(5000));
    expect(await refused(`${base}.index`)).toContain("test.index:1 is no line");
  });

  test("data that was damaged after it was indexed costs its words, and is said once", async () => {
    const { data } = writeStarDict(base, words);
    const packed = packDictzip(data);
    writeFileSync(`${base}.dict.dz`, packed);
    rmSync(`${base}.dict`);
    const source = await open(`${base}.ifo`);
    writeFileSync(
      `${base}.dict.dz`,
      Buffer.concat([packed.subarray(0, 200), Buffer.alloc(packed.length - 200, 0xff)]),
    );
    expect(texts(source, "long")).toEqual([]);
    expect(texts(source, "long")).toEqual([]);
    expect(logged.filter((line) => line.includes("is damaged"))).toHaveLength(1);
  });

  test("a file with any bytes changed is read or refused, and nothing else", async () => {
    const { data } = writeStarDict(base, words);
    writeFileSync(`${base}.dict.dz`, packDictzip(data));
    rmSync(`${base}.dict`);
    const names = [".ifo", ".idx", ".dict.dz"].map((ending) => base + ending);
    const whole = new Map(names.map((name) => [name, readFileSync(name)]));
    const changes: string[] = [];
    for (let round = 0; round < 60; round++) {
      for (const [name, bytes] of whole) writeFileSync(name, bytes);
      const name = names[round % names.length]!;
      const bytes = Buffer.from(whole.get(name)!);
      const at = randomInt(bytes.length);
      const value = randomInt(256);
      bytes[at] = value;
      writeFileSync(name, bytes);
      changes.push(`${name} ${at}=${value}`);
      const target = join(folder.path, "index.db");
      const error = await buildIndex(`${base}.ifo`, `${target}.new`, target).catch(
        (reason: unknown) => reason,
      );
      if (error !== undefined) {
        expect((error as Error).message, changes.at(-1)).toMatch(/test\./);
        rmSync(`${target}.new`, { force: true });
        continue;
      }
      using store = tryOpenIndex(target, locateParts(`${base}.ifo`));
      const source = createDictionarySource("test", store!, log);
      for (const { word } of words) expect(() => source.find(toQuery(word)), changes.at(-1)).not.toThrow();
    }
  });
});

test("beside its draft an indexing writes nothing, which would stay when it is killed", async () => {
  writeDictd(base, words);
  const seen = new Set<string | null>();
  using watcher = new DisposableStack();
  watcher.adopt(
    watch(folder.path, (_event, name) => void seen.add(name)),
    (watching) => watching.close(),
  );
  const draft = join(folder.path, "index.new");
  const { signal } = new AbortController();
  await runImport("index-process", [`${base}.index`, draft, join(folder.path, "index.db")], signal);
  await expect.poll(() => seen.has("index.db"), { timeout: 60_000 }).toBe(true);
  expect(new Set([...seen].filter((name) => name?.startsWith("index.")))).toEqual(
    new Set(["index.db", "index.new"]),
  );
});

test("dictionaries are indexed once, in a process of their own, and again when they change", async () => {
  using hub = createTestContext(folder.path, {});
  const { log: hubLog, storage } = hub.context;
  writeDictd(base, words);
  const start = (paths: readonly string[]) =>
    createDictionaryFiles(storage.directory, paths, hubLog, () => {});
  const paths = [join(folder.path, "gone.ifo"), `${base}.index`];
  {
    await using first = await start(paths);
    expect(first.sources().map(({ name }) => name)).toEqual(["test"]);
  }
  expect(hub.logged.map(({ message }) => message)).toEqual([
    `The dictionary ${paths[0]} is left out: ${paths[0]} is not there`,
    "Dictionary indexed",
  ]);
  {
    await using second = await start(paths.slice(1));
    expect(texts(second.sources()[0]!, "cafe")).toEqual([["a place for coffee"]]);
  }
  expect(hub.logged).toHaveLength(2);
  writeDictd(base, [{ word: "new", text: "of today" }]);
  await using third = await start(paths.slice(1));
  expect(texts(third.sources()[0]!, "new")).toEqual([["of today"]]);
  expect(readdirSync(join(storage.directory, "index"))).toEqual(["test.db"]);
});
