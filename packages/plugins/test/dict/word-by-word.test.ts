import { expect, test } from "vitest";
import { splitIntoWords } from "../../src/dict/word-by-word.ts";

const known = new Set(["look up", "the", "word", "你好", "世界", "好"]);
const split = (text: string) =>
  splitIntoWords(text, (part) =>
    known.has(part.toLowerCase()) ? { source: "test", word: part, definitions: [] } : undefined,
  ).map(({ text: part, entry }) => (entry ? part : `${part}?`));

test.each([
  ["Look up, the word!", ["Look up", "the", "word"]],
  ["look up the word.", ["look up", "the", "word"]],
  ["“the” xyzzy", ["the", "xyzzy?"]],
  ["你好世界", ["你好", "世界"]],
  ["你好 the 世界人", ["你好", "the", "世界", "人?"]],
  ["word", []],
  ["the ".repeat(25), []],
  ["字".repeat(41), []],
  ["! ?", []],
])("%j", (text, parts) => {
  expect(split(text)).toEqual(parts);
});
