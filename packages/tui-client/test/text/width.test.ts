import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fitText, textWidth, truncateText, wrapText } from "../../src/text/width.ts";

const text = fc
  .array(fc.constantFrom("a", "word", " ", "  ", "好", "👨‍👩‍👧‍👦", "🇯🇵", "e\u0301", "\n", "अ", "क्षि"))
  .map((parts) => parts.join(""));

test("no row is wider than asked, and nothing but blanks is lost", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 3, max: 30 }), (whole, width) => {
      const rows = wrapText(whole, width);
      for (const row of rows) expect(textWidth(row)).toBeLessThanOrEqual(width);
      expect(rows.join("").replace(/\s/g, "")).toBe(whole.replace(/\s/g, ""));
    }),
  );
});

test.each([
  ["one two three", 7, ["one two", "three"]],
  ["abcdefgh", 3, ["abc", "def", "gh"]],
  ["你好吗", 5, ["你好", "吗"]],
  ["a\n\nb", 9, ["a", "", "b"]],
  ["", 9, [""]],
])("%j in %i cells", (whole, width, rows) => {
  expect(wrapText(whole, width)).toEqual(rows);
});

test("text is fitted to exactly so many cells, wide characters too", () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 0, max: 30 }), (whole, width) => {
      const line = whole.replaceAll("\n", "");
      expect(textWidth(fitText(line, width))).toBe(width);
      expect(textWidth(truncateText(line, width))).toBeLessThanOrEqual(width);
    }),
  );
});
