import * as fc from "fast-check";
import { expect, test } from "vitest";
import { cropDraft, layoutDraft } from "../../src/composer/draft-layout.ts";
import { boundaryAtOrAfter } from "../../src/text/graphemes.ts";
import { textWidth } from "../../src/text/width.ts";

test.each([
  ["", 0, 10, [""], 0, 0],
  ["abc", 3, 10, ["abc"], 0, 3],
  ["abcdef", 6, 3, ["abc", "def", ""], 2, 0],
  ["abcdef", 3, 3, ["abc", "def", ""], 1, 0],
  ["你好", 2, 5, ["你好"], 0, 4],
  ["你好吗", 3, 5, ["你好", "吗"], 1, 2],
  ["a\nb", 3, 10, ["a", "b"], 1, 1],
  ["a\n", 2, 10, ["a", ""], 1, 0],
  ["abc\nd", 3, 3, ["abc", "d"], 0, 3],
])("%j with the cursor at %i in %i cells", (text, cursor, width, rows, cursorRow, cursorColumn) => {
  expect(layoutDraft(text, cursor, width)).toEqual({ rows, cursorRow, cursorColumn });
});

test("no row is wider than the screen, nothing is lost, and the cursor is on a row", () => {
  const text = fc
    .array(fc.constantFrom("a", "好", "👨‍👩‍👧‍👦", "🇯🇵", "\n", " ", "e\u0301"))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({ min: 2, max: 12 }), (draft, place, width) => {
      const cursor = boundaryAtOrAfter(draft, place % (draft.length + 1));
      const layout = layoutDraft(draft, cursor, width);
      for (const row of layout.rows) expect(textWidth(row)).toBeLessThanOrEqual(width);
      expect(layout.rows.join("")).toBe(draft.replaceAll("\n", ""));
      expect(layout.rows[layout.cursorRow]).toBeDefined();
      expect(layout.cursorColumn).toBeLessThanOrEqual(width);
    }),
  );
});

test("a draft higher than its place is shown around the cursor", () => {
  const layout = layoutDraft("1\n2\n3\n4\n5", 4, 10);
  expect(cropDraft(layout, 2)).toMatchObject({ rows: ["2", "3"], cursorRow: 1 });
  expect(cropDraft(layoutDraft("1\n2\n3\n4\n5", 9, 10), 2)).toMatchObject({ rows: ["4", "5"], cursorRow: 1 });
  expect(cropDraft(layoutDraft("1\n2\n3\n4\n5", 0, 10), 2)).toMatchObject({ rows: ["1", "2"], cursorRow: 0 });
});
