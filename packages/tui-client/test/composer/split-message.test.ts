import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitMessage } from "../../src/composer/split-message.ts";

test("each line that says something is a message", () => {
  expect(splitMessage("one")).toEqual(["one"]);
  expect(splitMessage("  one\n\n \ntwo  x\n")).toEqual(["  one", "two  x"]);
});

test("a line that is too long is cut behind a blank, and never inside a grapheme", () => {
  expect(splitMessage("some words that go on", 12)).toEqual(["some words", "that go on"]);
  expect(splitMessage("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 30)).toEqual(["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]);
});

test("nothing is lost but blanks, and every part fits", () => {
  const graphemes = fc.array(fc.constantFrom("a", " ", "\n", "你", "é", "word"), { maxLength: 200 });
  fc.assert(
    fc.property(graphemes, fc.integer({ min: 8, max: 40 }), (parts, maxBytes) => {
      const text = parts.join("");
      const messages = splitMessage(text, maxBytes);
      for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThanOrEqual(maxBytes);
      expect(messages.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    }),
  );
});
