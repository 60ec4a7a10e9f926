import { Refusal } from "@palaver/plugin-api";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseSpoken } from "../../../src/chat/words/spoken-text.ts";

it.each([
  ["plain text", "hello", "hello"],
  ["colour", "\u001b[31mred\u001b[0m", "red"],
  ["a title", "a\u001b]0;owned\u0007b", "ab"],
  ["8-bit controls", "a\u009b31mb\u009d0;x\u009cc", "abc"],
  ["bells and backspaces", "a\u0007\bb", "ab"],
  ["overrides", "a\u202eb", "ab"],
  ["line ends and tabs: one line", "a\r\nbob: b\tc\u2028d", "a bob: b c d"],
  ["lone surrogates", "a\ud800", "a\ufffd"],
  ["emoji and other scripts stay", "👩‍👧 ❤️ 你好", "👩‍👧 ❤️ 你好"],
  ["blanks around", "  a  ", "a"],
])("cleans %s", (_, raw, text) => {
  expect(parseSpoken(raw, "It", 100)).toBe(text);
});

it.each(["", "   ", "\u001b[31m", "\u200b\u200d", "\u2800", "\u3164"])(
  "refuses %j, of which nothing shows",
  (raw) => {
    expect(() => parseSpoken(raw, "It", 100)).toThrow("It is empty.");
  },
);

it("refuses more bytes than are taken, and says how many there were", () => {
  expect(parseSpoken("你".repeat(3), "It", 9)).toHaveLength(3);
  expect(() => parseSpoken("你".repeat(4), "It", 9)).toThrow("It has 12 bytes; at most 9 are taken.");
});

it("for any text: one clean line, or a Refusal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (raw) => {
      try {
        expect(parseSpoken(raw, "It", 1000)).not.toMatch(/[\p{Cc}\p{Bidi_C}\p{Cs}\u2028\u2029]/v);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }),
  );
});
