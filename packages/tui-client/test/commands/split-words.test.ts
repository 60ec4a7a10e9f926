import fc from "fast-check";
import { expect, test } from "vitest";
import { quoteWord, splitWords } from "../../src/commands/split-words.ts";

test.each([
  ["", []],
  ["  a.txt   b.txt ", ["a.txt", "b.txt"]],
  [String.raw`my\ photo.png '/mnt/a b/c' "it's 'here'"`, ["my photo.png", "/mnt/a b/c", "it's 'here'"]],
  [String.raw`"a \"b\" \\ c"d`, [String.raw`a "b" \ cd`]],
  ["'open to the end", ["open to the end"]],
  ["end\\", ["end"]],
])("%j is %j", (text, words) => {
  expect(splitWords(text)).toEqual(words);
});

test("a quoted word is one word, whatever is in it", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, unit: "grapheme" })), (words) => {
      expect(splitWords(words.map(quoteWord).join(" "))).toEqual(words);
    }),
  );
});
