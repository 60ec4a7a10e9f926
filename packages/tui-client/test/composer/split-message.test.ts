import * as fc from "fast-check";
import { expect, test } from "vitest";
import { splitMessage } from "../../src/composer/split-message.ts";

test("a short message stays one, a long one is cut between lines", () => {
  expect(splitMessage("one\ntwo", 20)).toEqual(["one\ntwo"]);
  expect(splitMessage("first\nsecond\nthird", 13)).toEqual(["first\nsecond", "third"]);
});

test("a line that is too long is cut behind a blank, and never inside a grapheme", () => {
  expect(splitMessage("some words that go on", 12)).toEqual(["some words", "that go on"]);
  expect(splitMessage("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 30)).toEqual(["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]);
});

test("two hundred pasted lines are few messages, with every line in order", () => {
  const lines = Array.from({ length: 200 }, (_, index) => `line ${index} of a log file that somebody pastes`);
  const messages = splitMessage(lines.join("\n"));
  expect(messages.length).toBeLessThan(10);
  expect(messages.join("\n").split("\n")).toEqual(lines);
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
