import { Refusal } from "@palaver/plugin-api";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldRoomName } from "../../../../tui-client/src/text/room-name.ts";
import { isRoomName, parseRoomName } from "../../../src/chat/words/room-name.ts";

const letter = fc.oneof(
  fc.constantFrom("a", "ﬁ", "Ǆ", "İ", "ß", "-", "9"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
);

describe("parseRoomName", () => {
  it.each([
    ["dev", "dev"],
    ["#dev", "dev"],
    ["#Dev", "dev"],
    ["ＤＥＶ", "dev"],
    ["a_b-9", "a_b-9"],
    ["中文", "中文"],
    ["日本語room", "日本語room"],
    ["Ёлка", "ёлка"],
    ["हिंदी", "हिंदी"],
    ["x".repeat(32), "x".repeat(32)],
    ["字".repeat(21), "字".repeat(21)],
  ])("%s is the room %s", (raw, name) => {
    expect(parseRoomName(raw)).toBe(name);
    // The terminal client asks for it in this form from the start.
    expect(foldRoomName(raw)).toBe(name);
  });

  it.each([
    ["nothing", ""],
    ["a lone #", "#"],
    ["two #", "##dev"],
    ["33 characters", "x".repeat(33)],
    ["a blank", "a b"],
    ["a no-break space", "a\u00a0b"],
    ["a Braille blank", "\u2800"],
    ["a Hangul filler", "\u3164"],
    ["a zero-width joiner", "a\u200db"],
    ["an override", "a\u202eb"],
    ["an escape", "\u001b[31m"],
    ["a line end", "dev\n"],
    ["a slash", "a/b"],
    ["an emoji", "🙂"],
    ["a leading dash", "-dev"],
    ["a Cyrillic look-alike", "lоbby"],
    ["stacked marks", "a\u0316\u0317\u0318"],
    ["a lone surrogate", "a\ud800"],
  ])("refuses %s", (_, raw) => {
    expect(() => parseRoomName(raw)).toThrow(Refusal);
    expect(isRoomName(raw)).toBe(false);
  });

  it("for any text: one canonical form, or a Refusal", () => {
    fc.assert(
      fc.property(fc.string({ unit: letter, minLength: 1, maxLength: 34 }), (raw) => {
        fc.pre(isRoomName(raw));
        const name = parseRoomName(raw);
        expect(parseRoomName(name)).toBe(name);
        expect(parseRoomName(`#${name}`)).toBe(name);
        expect(Array.from(name).length).toBeLessThanOrEqual(32);
      }),
    );
  });
});
