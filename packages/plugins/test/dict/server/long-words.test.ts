// Headwords of damaged dictionaries, as DICT clients get them.
import { expect, test } from "vitest";
import { createAnswerCache } from "../../../src/dict/answer-cache.ts";
import type { Catalogue } from "../../../src/dict/catalogue.ts";
import { createScanQueue } from "../../../src/dict/scan-queue.ts";
import { answerCommand } from "../../../src/dict/server/commands.ts";
import { addWord, createWordTable, type Words } from "../../../src/dict/word-table.ts";

const long = `q${"z".repeat(900)}`;
const words: Words = new Map();
addWord(words, { word: long, translation: "too long" });
addWord(words, { word: "quiz", translation: "猜谜" });
const catalogue: Catalogue = {
  refresh: () => {},
  names: ["files"],
  sources: () => [createWordTable(words, 2)],
  upstreams: () => [],
  lemma: () => undefined,
  state: () => ({}),
  changed: async () => {},
  isOwn: () => true,
};
const parts = { catalogue, scans: createScanQueue(), replies: createAnswerCache<string>(10) };
const say = async (line: string) => (await answerCommand(line, { isMime: false, commands: 0 }, parts)).text;

test("a match that fits no line is left out: half of one ends Debian's client", async () => {
  expect(await say("MATCH files prefix q")).toBe('152 1 matches found\r\nfiles "quiz"\r\n.\r\n250 ok\r\n');
  expect(await say("MATCH files prefix qz")).toBe("552 No match\r\n");
});

test("a status line is no longer than the protocol allows, and the text has the whole word", async () => {
  const reply = await say(`DEFINE files ${long}`);
  const lines = reply.split("\r\n");
  for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1022);
  expect(lines[1]).toMatch(/^151 "qz{99}…" files /);
  expect(reply.match(/z/g)).toHaveLength(900 + 99);
});
