import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import cachedStringWidth from "../../src/terminal/cached-string-width.ts";
import { leanSource } from "../../src/terminal/lean-imports.ts";

test("the installed Ink is one whose screens can be made of rows, and another one stays as it is", () => {
  const ink = join(dirname(createRequire(import.meta.url).resolve("ink")), "output.js");
  expect(leanSource(ink, readFileSync(ink, "utf8"))).toContain("export default withRows(Output);");
  expect(leanSource(ink, "another version")).toBe("another version");
});

test("the installed string-width is one that can prepare itself later, and another one stays as it is", () => {
  const stringWidthFile = fileURLToPath(import.meta.resolve("string-width"));
  const changed = leanSource(stringWidthFile, readFileSync(stringWidthFile, "utf8"));
  expect(changed).not.toMatch(/^const \w+ = (new Intl\.Segmenter|.*RGI_Emoji\}\$\/v;)/m);
  expect(changed).toContain("(made ??= new Intl.Segmenter())");
  expect(changed).toContain('(emoji ??= new RegExp(String.raw`^\\p{RGI_Emoji}$`, "v"))');
  expect(leanSource(stringWidthFile, "another version")).toBe("another version");
});

test("a width is the same the first time and when it is known", () => {
  for (const text of [
    "",
    "abc",
    "你好",
    "👨‍👩‍👧‍👦",
    "é",
    "\u001b[31mred\u001b[39m",
    "·–—‘’“”…↑→↓─│┌└┴▸●",
    "x".repeat(2000),
  ]) {
    expect(cachedStringWidth(text)).toBe(stringWidth(text));
    expect(cachedStringWidth(text)).toBe(stringWidth(text));
  }
});

test.each([
  ["क्षि", 3],
  ["कि", 2],
  ["กำ", 2],
  ["ที่", 1],
  ["\u001b]8;;https://example.com\u0007क्षि\u001b]8;;\u0007", 3],
  ["한국어", 6],
  ["\u1112\u1161\u11ab", 2],
  ["क्षि 你好 é", 3 + 1 + 4 + 1 + 1],
])("%s takes %i cells at most", (text, cells) => {
  expect(cachedStringWidth(text)).toBe(cells);
});
