// The commands of a plugin without the large dictionaries.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Caller, PluginInstance, StructuredReply } from "@palaver/plugin-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dictConfig } from "../../src/dict/config.ts";
import dict from "../../src/dict/index.ts";
import { createTestContext } from "../plugin-context.ts";
import { writeStarDict } from "./dictionary-files/write-dictionary.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const guest: Caller = {
  id: "1",
  nick: "~ada",
  roles: [],
  dialect: "text",
  address: "127.0.0.1:5353",
  key: undefined,
  online: true,
};
const editor: Caller = { ...guest, dialect: "session", roles: ["operator"], key: "k" };
const { signal } = new AbortController();

let folder: ReturnType<typeof createTemporaryFolder>;
let hub: ReturnType<typeof createTestContext>;
let plugin: PluginInstance;

const call = async (name: string, words: string, caller = guest) =>
  (await plugin.commands![name]!.run({ args: { words }, argv: [], caller, signal })) as StructuredReply;
const say = async (name: string, words: string, caller = guest) => (await call(name, words, caller)).text;

beforeAll(async () => {
  folder = createTemporaryFolder();
  writeFileSync(join(folder.path, "words.txt"), "sing:唱\nring:环\nrang:响\nsee:看\nsea:海\n");
  const base = join(folder.path, "eng-deu");
  writeStarDict(base, [
    { word: `q${"z".repeat(900)}`, text: "überlang" },
    { word: "add", text: "hinzufügen" },
    { word: "long", text: `n. ${"lang ".repeat(3000)}` },
    { word: "misses", text: "Fräulein" },
    { word: "sing", text: "singen" },
    { word: "the sea", text: "die See" },
  ]);
  const config = dictConfig.parse({
    files: ["words.txt"],
    ecdict: false,
    cedict: false,
    dictionaries: ["eng-deu.ifo"],
  });
  const context = createTestContext(folder.path, config);
  hub = context;
  plugin = await dict.setup(context.context);
});
afterAll(async () => {
  await plugin[Symbol.asyncDispose]?.();
  hub[Symbol.dispose]();
  folder[Symbol.dispose]();
});

test("a dictionary file answers after the operator's words, and alone when it is asked alone", async () => {
  expect(await say("tr", "sing")).toBe("sing 唱");
  expect(await say("tr", "-d eng-deu sing")).toBe("sing singen");
  expect(await say("tr", "the sea")).toBe("the sea die See");
  await expect(call("tr", "-d german sing").catch((error: Error) => error.message)).resolves.toBe(
    "There is no dictionary german. There are: files, eng-deu",
  );
});

test("a dictionary that says its language is left out when another one is wanted", async () => {
  expect(await say("tr", "-t de misses")).toBe("misses Fräulein");
  expect(await say("tr", "-t fr misses")).toMatch(/^unknown/);
  expect(await say("tr", "-t fr sing")).toBe("sing 唱");
});

test.each([
  ["exact", "sing", "sing 唱"],
  ["prefix", "ra", "ra*: rang\nrang 响"],
  ["suffix", "ing", "*ing: sing, ring\nsing 唱\nring 环"],
  ["substring", "ea", "substring ea: sea, the sea\nsea 海\nthe sea die See"],
  ["soundex", "si", "soundex si: see, sea\nsee 看\nsea 海"],
  ["lev", "ringg", "lev ringg: ring, rang, sing\nring 环\nrang 响\nsing 唱"],
  ["suffix", "zz", "unknown: *zz"],
])("tr -s %s %s", async (strategy, word, expected) => {
  expect(await say("tr", `-s ${strategy} ${word}`)).toBe(expected);
});

test("a sentence is looked up word by word when it is unknown, or when that is wanted", async () => {
  const reply = await call("tr", "sing xyzzyq the sea");
  expect(reply.text).toBe("unknown: sing xyzzyq the sea — word by word:\nsing 唱\nxyzzyq ?\nthe sea die See");
  expect(reply).toMatchObject({
    status: 1,
    data: { found: false, words: [{ text: "sing" }, { text: "xyzzyq" }, { text: "the sea" }] },
  });
  const words = await call("tr", "-w sing sea");
  expect(words.text).toBe("sing 唱\nsea 海");
  expect(words.status).toBeUndefined();
});

test("a reply with long texts stays within its bounds", async () => {
  for (const words of ["long", "long sing long see long", "-w long sea long sea long", "-s prefix lo"]) {
    const { text, data } = await call("tr", words);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900);
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(65_536);
  }
});

test("a headword that is longer than an answer is answered, cut", async () => {
  for (const words of ["-s prefix qz", "qz*", `q${"z".repeat(900)}`]) {
    const [line = ""] = (await say("tr", words)).split("\n");
    expect(line).toMatch(/^qz/);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(150);
  }
});

test("the word of the day is one that can be looked up, and stays the same", async () => {
  const word = await call("wotd", "");
  expect(word.data).toMatchObject({ found: true });
  expect(await call("wotd", "")).toEqual(word);
});

test("editors see what is missing, add it, and take it away; everybody else looks words up", async () => {
  expect(await say("tr", "flibber")).toMatch(/^unknown/);
  expect(await say("tr", "flibber")).toMatch(/^unknown/);
  expect(await say("dict", "misses")).toBe("misses Fräulein");
  expect((await call("dict", "misses", editor)).data).toMatchObject({
    misses: expect.arrayContaining([expect.objectContaining({ word: "flibber", count: 2 })]),
  });
  await expect(call("dict", "add flibber:胡说").catch((error: Error) => error.message)).resolves.toBe(
    "dict add needs the role operator.",
  );
  expect(await say("dict", "add flibber:胡说", editor)).toBe("flibber is added.");
  expect(await say("tr", "flibber")).toBe("flibber 胡说");
  expect(await say("tr", "-d files flibber")).toBe("flibber 胡说");
  expect(await say("dict", "misses", editor)).not.toContain("flibber");
  expect(await say("dict", "add sing:歌唱", editor)).toBe("sing is added.");
  expect(await say("tr", "sing")).toBe("sing 歌唱");
  for (const word of ["flibber", "sing"]) {
    expect(await say("dict", `remove ${word}`, editor)).toBe(`${word} is removed.`);
  }
  expect(await say("tr", "sing")).toBe("sing 唱");
  expect(await say("dict", "add x\u202ey\u200b:\u001b[31mred\u2066", editor)).toBe("x y is added.");
  expect(await say("tr", "x y")).toBe("x y [31mred");
  expect(await say("dict", "remove x y", editor)).toBe("x y is removed.");
  // Without a translation, they are words like any other.
  expect(await say("dict", "add", editor)).toBe("add hinzufügen");
  expect(await say("dict", "remove nothing", editor)).toMatch(/^unknown: remove nothing/);
});
