import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createControlStripper } from "../../src/text/control-stripper.ts";
import { toJsonLine } from "../../src/text/json-line.ts";
import { sanitizeLine, sanitizeName, sanitizeText } from "../../src/text/sanitize.ts";

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Strings rich in what terminals act on. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\u001b",
        "\u001b[",
        "\u001b]",
        "\u009b",
        "\u009d",
        "\u0007",
        "\u001b\\",
        "\r",
        "\n",
        "\t",
      ),
      fc.constantFrom(
        "31m",
        "52;c;",
        "8;;http://x",
        "\u202e",
        "\u2066",
        "\u200d",
        "\ufe0f",
        "\ud800",
        "\u0000",
      ),
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(""));

test("no control reaches a terminal, whatever comes in", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      expect(sanitizeText(text)).not.toMatch(CONTROL);
      expect(sanitizeLine(text)).not.toMatch(/[\n\r]/);
      expect(sanitizeText(text).isWellFormed()).toBe(true);
    }),
  );
});

test("cleaning again changes nothing", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const once = sanitizeText(text);
      expect(sanitizeText(once)).toBe(once);
    }),
  );
});

test("a stream cut anywhere gives the same text", () => {
  fc.assert(
    fc.property(hostile, fc.array(fc.nat(20)), (text, cuts) => {
      const whole = createControlStripper().push(text);
      const stripper = createControlStripper();
      let pieces = "";
      let rest = text;
      for (const cut of cuts) {
        pieces += stripper.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      expect(pieces + stripper.push(rest)).toBe(whole);
    }),
  );
});

test.each([
  ["colour", "a\u001b[1;31mb\u001b[0mc", "abc"],
  ["8-bit colour", "a\u009b31mb", "ab"],
  ["a link", "\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\", "click"],
  ["a clipboard write, 8-bit", "a\u009d52;c;aGk=\u009cb", "ab"],
  ["a title that never ends, up to the line's end", "a\u001b]0;title\nb", "a\nb"],
  ["a device string", "a\u001bPq#0\u001b\\b", "ab"],
  ["a charset switch", "a\u001b(0b", "ab"],
  ["a reset", "a\u001bcb", "ab"],
  ["bidi marks", "a\u202eb\u2066c\u200f", "abc"],
  ["a lone carriage return", "real\rfake", "real fake"],
  ["a tab", "a\tb", "a b"],
  ["a bell and a NUL", "a\u0007\u0000b", "ab"],
])("%s is taken out", (_name, dirty, clean) => {
  expect(sanitizeText(dirty)).toBe(clean);
});

test.each(["你好", "👨‍👩‍👧‍👦", "❤️", "🇯🇵", "क्षि", "e\u0301", "नमस्ते"])("%s stays as it is", (text) => {
  expect(sanitizeText(text)).toBe(text);
});

test("a long text is cut and says how much is missing", () => {
  expect(sanitizeText("x".repeat(65_536), 100)).toBe(`${"x".repeat(100)}… [65436 more]`);
});

test("marks stacked on one letter are cut", () => {
  expect(sanitizeText(`a${"\u0301".repeat(1000)}b`)).toBe(`a${"\u0301".repeat(8)}b`);
});

test("an unterminated control string hides a bounded part of a stream", () => {
  const stripper = createControlStripper();
  stripper.push(`\u001b]0;${"x".repeat(5000)}`);
  expect(stripper.push("seen")).toBe("seen");
});

test("a name of nothing but controls is still shown as something", () => {
  expect(sanitizeName("\u001b[2J\n")).toBe("?");
});

test("JSON lines hold no control and mean the same", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const line = toJsonLine({ text });
      expect(line).not.toMatch(CONTROL);
      expect(JSON.parse(line)).toEqual({ text });
    }),
  );
});
