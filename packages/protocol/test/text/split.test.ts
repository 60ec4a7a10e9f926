import fc from "fast-check";
import { expect, test } from "vitest";
import { fittingLength } from "../../src/text/split.ts";

test("what fits, fits whole", () => {
  expect(fittingLength("apple", 5)).toBe(5);
  expect(fittingLength("你好", 6)).toBe(2);
});

test("a text is cut behind a line, else behind a blank, else between characters", () => {
  expect(fittingLength("one\ntwo three", 9)).toBe(4);
  expect(fittingLength("one two three", 9)).toBe(8);
  expect(fittingLength("你好你好", 7)).toBe(2);
  expect(fittingLength("😀😀", 5)).toBe(2);
});

test("cutting again and again gives the text back, each piece within the bound", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.integer({ min: 4, max: 60 }),
      (text, maxBytes) => {
        let rest = text;
        let joined = "";
        while (rest !== "") {
          const length = fittingLength(rest, maxBytes);
          expect(length).toBeGreaterThan(0);
          const piece = rest.slice(0, length);
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(maxBytes);
          joined += piece;
          rest = rest.slice(length);
        }
        expect(joined).toBe(text);
      },
    ),
  );
});
