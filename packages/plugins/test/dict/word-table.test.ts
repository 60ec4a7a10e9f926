import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { foldText, keyOf } from "../../src/dict/fold.ts";
import { readWordTable } from "../../src/dict/word-table.ts";
import { createTemporaryFolder } from "./temporary-folder.ts";

const query = (text: string) => ({ text, folded: foldText(text), key: keyOf(text) });

async function read(content: string | Uint8Array) {
  using folder = createTemporaryFolder();
  const path = join(folder.path, "words.txt");
  writeFileSync(path, content);
  const bad: string[] = [];
  const table = await readWordTable(path, new AbortController().signal, (line, reason) =>
    bad.push(`${line}: ${reason}`),
  );
  return { table, bad, find: (text: string) => table.find(query(text))[0]?.definitions };
}

test("mark, line ends, comments, blanks and full-width colons are all in order", async () => {
  const { find, bad, table } = await read(
    "\ufeffapple:苹果\r\n\r\n  # note: not a word\r\nice cream : n. 冰淇淋：甜点\npear：梨\nlast:最后",
  );
  expect(bad).toEqual([]);
  expect(table.size).toBe(4);
  expect(find("apple")).toEqual([{ text: "苹果" }]);
  expect(find("ICE-CREAM")).toEqual([{ pos: "n.", text: "冰淇淋：甜点" }]);
  expect(find("pear")).toEqual([{ text: "梨" }]);
  expect(find("last")).toEqual([{ text: "最后" }]);
});

test("a bad line is told with its number and skipped", async () => {
  const { find, bad } = await read(
    Buffer.concat([
      Buffer.from("good:1\nno colon\n:nothing\nword:\n"),
      Buffer.from([0xb0, 0xa1, 0x3a, 0x0a]),
      Buffer.from(`long:${"x".repeat(5000)}\nalso good:2\n`),
    ]),
  );
  expect(bad).toEqual([
    '2: there is no ":" between word and translation',
    '3: there is no word before the ":"',
    '4: there is no translation after the ":"',
    "5: the line is not UTF-8",
    "6: the line is longer than 4096 bytes",
  ]);
  expect(find("also good")).toEqual([{ text: "2" }]);
});

test("a line longer than many reads is one bad line", async () => {
  const { bad, find } = await read(`${"x".repeat(300_000)}\nword:1\n`);
  expect(bad).toEqual(["1: the line is longer than 4096 bytes"]);
  expect(find("word")).toEqual([{ text: "1" }]);
});

test("a word that comes again adds its translation once", async () => {
  const { find, table } = await read("Bank:银行\nbank:河岸\nBANK:银行\n");
  expect(find("bank")).toEqual([{ text: "银行; 河岸" }]);
  expect(table.size).toBe(1);
});

test("words that share a key are told apart, and stand for each other", async () => {
  const { find } = await read("resign:辞职\nre-sign:重新签署\n");
  expect(find("resign")).toEqual([{ text: "辞职" }]);
  expect(find("Re-Sign")).toEqual([{ text: "重新签署" }]);
  expect(find("re sign")).toEqual([{ text: "辞职" }]);
});

test("terminal controls in a file reach nobody", async () => {
  const { find } = await read("bell:\u001b]0;title\u0007 ring\n");
  expect(JSON.stringify(find("bell"))).not.toMatch(/\\u00/);
});

test("a table lists and finds what is near", async () => {
  const { table } = await read("apple:1\napply:2\npear:3\n");
  expect(table.list(query("app"), 1).map((entry) => entry.word)).toEqual(["apple"]);
  expect(table.near(query("paer"), 3)).toEqual(["pear"]);
});
