// The real dictionaries, imported once, by an import that is killed on its way.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Caller, PluginInstance, StructuredReply } from "@palaver/plugin-api";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildDictionaries } from "../../src/dict/build.ts";
import { dictConfig } from "../../src/dict/config.ts";
import dict from "../../src/dict/index.ts";
import { createTestContext } from "../plugin-context.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const caller: Caller = {
  id: "1",
  nick: undefined,
  roles: [],
  dialect: "text",
  address: "127.0.0.1:5353",
  key: undefined,
  online: false,
};
const { signal } = new AbortController();
const config = dictConfig.parse({ files: ["words.txt"] });

let folder: ReturnType<typeof createTemporaryFolder>;
let hub: ReturnType<typeof createTestContext<typeof config>>;
let plugin: PluginInstance;
/** What was answered while the dictionary was being built. */
const early: { killed: unknown; known?: string; unknown?: StructuredReply; own?: string } = {
  killed: undefined,
};
/** What a session peer was answered that asked then for a word that came later. */
let waited: readonly StructuredReply[];

const ask = async (text: string) => (await plugin.text!({ text, caller, signal })) as StructuredReply;
const runCommand = (name: string, words: string) =>
  plugin.commands![name]!.run({ args: { words }, argv: words.split(" "), caller, signal });
const tr = async (words: string) => (await runCommand("tr", words)) as StructuredReply;
const asDict = async (words: string) => (await runCommand("dict", words)) as StructuredReply;
const data = async (text: string) => (await ask(text)).data as Record<string, unknown>;
const firstLine = async (text: string) => (await ask(text)).text.split("\n")[0]!;

beforeAll(async () => {
  folder = createTemporaryFolder();
  writeFileSync(join(folder.path, "words.txt"), "palaver:闲谈\nhub:n. 枢纽\\n[计] 集线器\nhubs:各枢纽\n");
  hub = createTestContext(folder.path, config);

  const kill = new AbortController();
  early.killed = await buildDictionaries(
    hub.context.storage.directory,
    (fraction) => fraction > 0.4 && kill.abort(),
    kill.signal,
  ).catch((error: unknown) => error);

  plugin = await dict.setup(hub.context);
  early.known = (await ask("apple")).text;
  early.unknown = await ask("zyzzyva");
  early.own = (await ask("palaver")).text;
  const run = (words: string, call = new AbortController()) =>
    plugin.commands!["tr"]!.run({
      args: { words },
      argv: [words],
      caller: { ...caller, dialect: "session" },
      signal: call.signal,
    }) as AsyncIterable<StructuredReply>;
  const left = new AbortController();
  const abandoned = Array.fromAsync(run("nosuchwordatall", left));
  const waiting = Array.fromAsync(run("zyzzyva"));
  left.abort();
  // It ends with its call, not with the import.
  expect((await abandoned).at(-1)?.text).toMatch(/^unknown: nosuchwordatall — .* still being built/);
  waited = await waiting;
  await hub.waitForLog(({ message, fields }) => message === "dictionary" && fields === 1);
}, 120_000);

afterAll(async () => {
  await plugin[Symbol.asyncDispose]?.();
  hub[Symbol.dispose]();
  folder[Symbol.dispose]();
});

describe("while the dictionary is being built", () => {
  test("the import ends at once when it is asked to", () => {
    expect(early.killed).toMatchObject({ name: "AbortError" });
  });

  test("frequent words and the operator's own are answered", () => {
    expect(early.known).toMatch(/^apple \['æpl\] n\. 苹果/);
    expect(early.own).toBe("palaver 闲谈");
  });

  test("a miss says so, and how far it is", () => {
    expect(early.unknown?.text).toMatch(
      /^unknown: zyzzyva — the dictionary is still being built \(\d+ %\), ask again soon$/,
    );
    expect(early.unknown?.data).toMatchObject({ found: false, building: expect.closeTo(0.4, 0) });
    expect(early.unknown?.status).toBe(1);
  });

  test("progress is told, and never goes back", () => {
    const fractions = hub.logged.flatMap(({ message, fields }) =>
      message === "dictionary" ? Number(fields) : [],
    );
    expect(fractions.length).toBeGreaterThan(10);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  });

  test("a session peer is told how far it is, and then what the word means", () => {
    const progress = waited.slice(0, -1).map((each) => each.data as { progress: number; task: string });
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.every(({ task }) => task === "dictionary")).toBe(true);
    const fractions = progress.map((each) => each.progress);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(waited[0]?.text).toMatch(/^the dictionary is being built: \d+ %$/);
    expect(waited.at(-1)?.text).toMatch(/^zyzzyva /);
  });

  test("what was missing then is answered afterwards", async () => {
    expect(await firstLine("zyzzyva")).toMatch(/^zyzzyva /);
  });
});

describe("English to Chinese", () => {
  test.each(["apple", "APPLE", "  ａｐｐｌｅ! ", "“apple”", "apple\t"])("%j is apple", async (text) => {
    expect((await ask(text)).text).toBe("apple ['æpl] n. 苹果, 家伙; [医] 苹果");
    expect((await ask(text)).status).toBeUndefined();
  });

  test("programs read the parts", async () => {
    expect(await data("apple")).toEqual({
      query: "apple",
      found: true,
      source: "ecdict",
      word: "apple",
      phonetic: "'æpl",
      translation: "n. 苹果, 家伙; [医] 苹果",
      definitions: [
        { pos: "n.", text: "苹果, 家伙" },
        { pos: "[医]", text: "苹果" },
      ],
      suggestions: [],
    });
  });

  test.each([
    ["ran", "run"],
    ["mice", "mouse"],
    ["went", "go"],
    ["children", "child"],
    ["was", "be"],
    ["is", "be"],
    ["dogs", "dog"],
    ["saw", "see"],
    ["boxes", "box"],
    ["musculatures", "musculature"],
  ])("%s finds %s and says so", async (form, lemma) => {
    expect(await firstLine(form)).toMatch(new RegExp(`^${form} → ${lemma} `));
    expect(await data(form)).toMatchObject({ found: true, word: lemma, form });
  });

  test("a form with a meaning of its own tells it first, and its lemma below", async () => {
    expect(await firstLine("left")).toMatch(/^left \[left\] a\. 左边的/);
    expect((await ask("left")).text).toMatch(/\nleft → leave /);
  });

  test("phrases, hyphens and blanks", async () => {
    expect(await firstLine("look after")).toBe("look after 目送, 照顾, 关心");
    expect(await firstLine("Ice Cream")).toMatch(/^ice cream /);
    expect(await firstLine("ice-cream")).toMatch(/^ice-cream /);
    expect(await firstLine("well known")).toMatch(/^well.known /);
    expect(await data("café")).toMatchObject({ word: "cafe" });
    expect(await data("us")).toMatchObject({ word: "us" });
    expect(await data("U.S.")).toMatchObject({ word: "U.S." });
  });

  test("the entry `word` is no header", async () => {
    expect(await data("word")).toMatchObject({ found: true, word: "word" });
  });
});

describe("Chinese to English", () => {
  test("simplified and traditional", async () => {
    expect(await firstLine("苹果")).toBe("苹果 (蘋果) [píng guǒ] apple; CL:個|个[ge4],顆|颗[ke1]");
    expect(await firstLine("蘋果")).toMatch(/^蘋果 \(苹果\) \[píng guǒ\] apple/);
  });

  test("every reading of a character", async () => {
    const phonetics = ((await data("行"))["others"] as { phonetic: string }[]).map((entry) => entry.phonetic);
    expect([(await data("行"))["phonetic"], ...phonetics]).toEqual(["háng", "héng", "xíng"]);
  });

  test("mixed script, and pinyin when it is no English word", async () => {
    expect(await firstLine("T恤")).toMatch(/T-shirt/);
    expect(await firstLine("lv4 se4")).toMatch(/^绿色 \(綠色\) \[lǜ sè\] green/);
    expect((await tr("-d cedict nǐ hǎo")).text).toMatch(/^你好 /);
  });
});

describe("unknown words", () => {
  test.each([
    ["aple", ["apple", "ample"]],
    ["recieve", ["receive"]],
    ["definately", ["definitely"]],
    ["acommodate", ["accommodate"]],
    ["wierd", ["weird"]],
    ["你好世界", ["你好", "世界"]],
  ])("%s offers %j first", async (word, expected) => {
    const answer = await ask(word);
    const [line] = answer.text.split("\n");
    expect(line).toMatch(new RegExp(`^unknown: ${word} — did you mean ${expected.join(", ")}.*\\?$`));
    expect((answer.data as { suggestions: string[] }).suggestions.slice(0, expected.length)).toEqual(
      expected,
    );
    expect(answer).toMatchObject({ status: 1, data: { found: false, word } });
  });

  test.each([
    "zzzzqqqq",
    "😀",
    "!!!",
    "*",
    "x".repeat(1000),
    "字".repeat(333),
    "a b ".repeat(200),
    "zzzzqqqq zzzqqqz",
  ])("%j is unknown in one short line", async (text) => {
    const answer = await ask(text);
    expect(answer.text).toMatch(/^unknown: [^\n]+$/);
    expect(Buffer.byteLength(answer.text)).toBeLessThan(160);
  });

  test("no word at all is refused", async () => {
    await expect(ask(" \u0000 ")).rejects.toThrow("No word was given");
    await expect(tr("-d ecdict")).rejects.toThrow("No word was given");
  });
});

describe("the operator's words", () => {
  test("they win over the dictionaries, also for a form, but a word of their own wins over that", async () => {
    expect((await ask("hubs")).text).toBe("hubs 各枢纽");
    expect(await data("palaver")).toMatchObject({ source: "files", translation: "闲谈" });
    expect((await ask("palavers")).text).toBe("palavers → palaver 闲谈");
    expect((await ask("hub")).text).toBe("hub n. 枢纽; [计] 集线器");
  });

  test("a changed file changes an answer that was kept", async () => {
    expect((await ask("newword")).text).toMatch(/^unknown/);
    writeFileSync(
      join(folder.path, "words.txt"),
      "palaver:闲谈\nhub:n. 枢纽\\n[计] 集线器\nhubs:各枢纽\nnewword:新词\n",
    );
    await hub.waitForLog(
      ({ message, fields }) =>
        message === "Dictionary file read" && (fields as { words: number }).words === 4,
    );
    await expect.poll(async () => (await ask("newword")).text).toBe("newword 新词");
  });
});

describe("the command", () => {
  test("`tr` and `dict` answer alike, and without a promise", async () => {
    expect(await asDict("look after")).toEqual(await ask("look after"));
    expect((await asDict("misses")).data).toMatchObject({ found: true, word: "miss" });
    expect(await tr("look after")).toEqual(await ask("look after"));
    expect(runCommand("tr", "apple")).not.toHaveProperty("then");
  });

  test("`-d` takes one dictionary", async () => {
    expect((await tr("-d ecdict palaver")).data).toMatchObject({ source: "ecdict" });
    expect((await tr("-d cedict 苹果")).data).toMatchObject({ source: "cedict" });
    expect((await tr("-d files apple")).data).toMatchObject({ found: false });
    expect((await tr("-able")).data).toMatchObject({ word: "-able" });
  });

  test("a dictionary that is not there is refused with the list", async () => {
    await expect(tr("-d oxford apple")).rejects.toThrow(
      "There is no dictionary oxford. There are: files, ecdict, cedict",
    );
    await expect(tr("-d")).rejects.toThrow(
      "-d needs the name of a dictionary. There are: files, ecdict, cedict",
    );
  });

  test("a star lists, the frequent words first, within one datagram", async () => {
    const listed = await ask("app*");
    expect(listed.text).toMatch(/^app\*: appear, apply, approach/);
    expect(Buffer.byteLength(listed.text)).toBeLessThanOrEqual(900);
    expect((listed.data as { others: unknown[] }).others).toHaveLength(20);
    expect((await ask("苹果*")).text).toMatch(/^苹果\*: 苹果, 苹果/);
    expect((await ask("zyzzyv*")).text).toMatch(/^zyzzyv\*: zyzzyva/);
    expect((await ask("qqqqzz*")).text).toMatch(/^unknown: qqqqzz\*/);
  });
});

test("any text is answered within a datagram, its first line within the budget of an unproven address", async () => {
  const words = [
    "run",
    "set",
    "行",
    "面",
    "打",
    "-able",
    "go",
    "take",
    "s*",
    "一*",
    "shi",
    "the",
    "be",
    "得",
    "get",
    "了",
  ];
  for (const word of words) {
    expect(Buffer.byteLength(await firstLine(word)), word).toBeLessThanOrEqual(159);
    expect(Buffer.byteLength((await ask(word)).text), word).toBeLessThanOrEqual(900);
    expect(Buffer.byteLength(JSON.stringify((await ask(word)).data)), word).toBeLessThan(65_536);
  }
});

test("a second plugin opens what is there, and imports nothing", async () => {
  using other = createTestContext(folder.path, { ...config, files: [] });
  const second = await dict.setup(other.context);
  const answer = second.text!({ text: "apple", caller, signal }) as StructuredReply;
  expect(answer.text).toBe((await ask("apple")).text);
  expect(other.logged).toEqual([]);
  await second[Symbol.asyncDispose]?.();
});

test("dictionaries that are switched off are not there", async () => {
  using other = createTestContext(folder.path, { ...config, ecdict: false, cedict: false });
  const second = await dict.setup(other.context);
  const command = second.commands!["tr"]!;
  const run = (words: string) =>
    command.run({ args: { words }, argv: [], caller, signal }) as StructuredReply;
  expect(run("apple").text).toBe("unknown: apple");
  expect(run("palaver").text).toBe("palaver 闲谈");
  expect(() => run("-d ecdict apple")).toThrow("There are: files");
  await second[Symbol.asyncDispose]?.();
});

test("a plugin that goes while it builds takes the import with it", async () => {
  using empty = createTemporaryFolder();
  using other = createTestContext(empty.path, { ...config, files: [] });
  const second = await dict.setup(other.context);
  await other.waitForLog(({ level }) => level === "progress");
  await second[Symbol.asyncDispose]?.();
  const last = other.logged.length;
  // The lock is free again: the next import does not wait for a process that was left behind.
  const next = new AbortController();
  await buildDictionaries(other.context.storage.directory, () => next.abort(), next.signal).catch(() => {});
  expect(other.logged).toHaveLength(last);
  expect(other.logged.filter(({ level }) => level === "error")).toEqual([]);
});

test("unknown settings are refused", () => {
  expect(dict.config?.["~standard"].validate({ file: [] })).toMatchObject({
    issues: [{ code: "unrecognized_keys" }],
  });
  expect(dict.config?.["~standard"].validate({})).toMatchObject({
    value: { files: [], ecdict: true, cedict: true, dictionaries: [], servers: [], server_timeout: 3000 },
  });
});
