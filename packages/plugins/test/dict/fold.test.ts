import { expect, test } from "vitest";
import { cleanText, foldText, isHan, keyOf } from "../../src/dict/fold.ts";

test.each([
  ["Apple", "apple"],
  ["ＡＰＰＬＥ！", "apple"],
  ["  'ice-cream' ", "icecream"],
  ["Ice Cream", "icecream"],
  ["café", "cafe"],
  ["cafe\u0301", "cafe"],
  ["阿尔伯特·爱因斯坦", "阿尔伯特爱因斯坦"],
  ["U.S.", "us"],
])("%s is looked up by %s", (text, key) => {
  expect(keyOf(text)).toBe(key);
});

test("a text without letters keeps its signs as the key", () => {
  expect(keyOf("%")).toBe("%");
  expect(keyOf("😀")).toBe("😀");
});

test("folding keeps what tells headwords of one key apart", () => {
  expect(foldText(" Re-Sign ")).toBe("re-sign");
  expect(foldText("Ｉｃｅ  Cream")).toBe("ice cream");
});

test("controls, direction marks and zero-width blanks are taken out of text", () => {
  expect(cleanText("\u001b[31mred\u202e \u200bx\u0000")).toBe("[31mred  x");
});

test("Chinese is told from everything else by its script", () => {
  expect(isHan("T恤")).toBe(true);
  expect(isHan("hello, 123")).toBe(false);
});
