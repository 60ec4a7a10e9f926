import { expect, test } from "vitest";
import { createLineReader } from "../../../src/dict/server/lines.ts";
import { formatText } from "../../../src/dict/server/text.ts";
import { quoteWord, splitWords } from "../../../src/dict/server/words.ts";

test.each([
  ["DEFINE * apple", ["DEFINE", "*", "apple"]],
  ['define "*" "ice cream"', ["define", "*", "ice cream"]],
  ["a 'b c' d", ["a", "b c", "d"]],
  ["it don't", ["it", "don't"]],
  ['say "he said \\"hi\\""', ["say", 'he said "hi"']],
  ["back\\ slash \\\\", ["back slash", "\\"]],
  ['""', [""]],
  ["  \t ", []],
  ['x "open', undefined],
])("%j is split", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test.each(["apple", 'a "b" c', "back\\slash", "", "don't", "苹果"])(
  "%j is read back as it was quoted",
  (word) => {
    expect(splitWords(quoteWord(word))).toEqual([word]);
  },
);

test("a text ends with a dot alone, and dots of its own are doubled", () => {
  expect(formatText(".\n..x\ny.")).toBe("..\r\n...x\r\ny.\r\n.\r\n");
});

test("long lines are wrapped below 1024 bytes, at blanks where there are any, and lose nothing", () => {
  for (const text of [
    "字".repeat(2000),
    "😀".repeat(1000),
    `${"word ".repeat(999)}word`,
    `.${"x".repeat(3000)}`,
  ]) {
    const lines = formatText(text).split("\r\n").slice(0, -2);
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(1022);
    const joined = lines.map((line) => line.replace(/^\.\./, ".")).join(text.includes(" ") ? " " : "");
    expect(joined).toBe(text);
    expect(joined.isWellFormed()).toBe(true);
  }
});

test("lines come whole from any pieces; too long and no UTF-8 is undefined, and the next one is read", () => {
  const bytes = Buffer.concat([
    Buffer.from(`one\r\ntwo\n\n${"x".repeat(5000)}\r\n`),
    Buffer.from([0xff, 0xfe, 10]),
    Buffer.from(`${"y".repeat(1022)}\r\n${"y".repeat(1023)}\r\n苹果\r\nrest`),
  ]);
  const expected = ["one", "two", "", undefined, undefined, "y".repeat(1022), undefined, "苹果"];
  for (const size of [1, 7, 1000, bytes.length]) {
    const reader = createLineReader();
    const lines: (string | undefined)[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...reader.push(bytes.subarray(at, at + size)));
    expect(lines, String(size)).toEqual(expected);
  }
});
