import { Refusal } from "@palaver/plugin-api";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nicknameKey, parseNickname } from "../../src/users/nickname.ts";

function refusal(raw: string): Refusal {
  try {
    parseNickname(raw);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return expect.fail(`${JSON.stringify(raw)} was accepted`);
}

describe("parseNickname", () => {
  it.each([
    ["Latin", "ada"],
    ["Latin with accents", "Zoë"],
    ["Vietnamese, two marks on one letter", "Việt"],
    ["digits and signs inside", "a.b-c_9"],
    ["digits alone", "42"],
    ["Chinese", "小明"],
    ["Chinese with Latin", "小明abc"],
    ["Chinese with Bopomofo", "小ㄇㄧㄥ"],
    ["Japanese in all its scripts", "山田タローさんX"],
    ["Korean with Latin", "김철수kim"],
    ["Cyrillic", "Ольга"],
    ["Greek", "Νίκος"],
    ["Arabic with its own digits", "محمد١"],
    ["Hebrew", "יוסי"],
    ["Devanagari", "नमस्ते"],
    ["Thai", "ที่ปรึกษา"],
    ["24 characters", "a".repeat(24)],
    ["63 bytes", "你".repeat(21)],
  ])("takes %s", (_, raw) => {
    expect(parseNickname(raw)).toBe(raw.normalize("NFKC"));
  });

  it("gives back full-width and decomposed letters in their plain form", () => {
    expect(parseNickname("ｂｏｂ")).toBe("bob");
    expect(parseNickname("Zoe\u0308")).toBe("Zoë");
  });

  it.each([
    ["nothing", "", "is empty"],
    ["25 characters", "a".repeat(25), "longer than 24"],
    ["more than 63 bytes", "你".repeat(22), "63 bytes"],
    ["what grows past 63 bytes when normalised", "\ufdfa".repeat(5), "63 bytes"],
    ["a lone surrogate", "a\ud800", "no valid Unicode"],
    ["a Cyrillic look-alike inside Latin", "раypal", "mixes letters"],
    ["Greek inside Latin", "αlice", "mixes letters"],
    ["Greek with Cyrillic", "αя", "mixes letters"],
    ["Bopomofo with Kana", "ㄇあ", "mixes letters"],
    ["Cyrillic with Chinese", "小明я", "mixes letters"],
    ["digits of a script that the letters are not of", "a١", "mixes letters"],
    ["Cherokee, which looks Latin", "ᎪᎡᎢ", "script is not taken"],
    ["three marks on a letter", "a\u0316\u0317\u0318", "two marks"],
    ["three marks of which one is part of the letter", "é\u0316\u0317", "two marks"],
    ["an enclosing mark", "a\u20dd", "cannot hold U+20DD"],
    ["a mark without a letter", "\u0316a", "must begin with"],
    ["a blank", "a b", "a blank (U+0020)"],
    ["a no-break space", "a\u00a0b", "a blank"],
    ["an ideographic space", "a\u3000b", "a blank"],
    ["a Braille blank", "\u2800", "an invisible character (U+2800)"],
    ["a Hangul filler", "\u3164", "an invisible character"],
    ["a Hangul choseong filler", "\u115f", "an invisible character (U+115F)"],
    ["a zero-width space", "a\u200bb", "an invisible character (U+200B)"],
    ["a joiner", "a\u200db", "an invisible character (U+200D)"],
    ["a soft hyphen", "a\u00adb", "an invisible character (U+00AD)"],
    ["a variation selector", "a\ufe0f", "an invisible character (U+FE0F)"],
    ["an override", "a\u202eb", "an invisible character (U+202E)"],
    ["a tag", "a\u{e0041}", "an invisible character (U+E0041)"],
    ["an escape", "a\u001b[31m", "an invisible character (U+001B)"],
    ["a line end", "a\nb", "a blank (U+000A)"],
    ["NUL", "a\0", "an invisible character (U+0000)"],
    ["an 8-bit control", "a\u009b", "an invisible character (U+009B)"],
    ["private use", "a\ue000", "an invisible character (U+E000)"],
    ["an unassigned code point", "a\u0378", "an invisible character (U+0378)"],
    ["an emoji", "🙂", "an emoji (U+1F642)"],
    ["an emoji made of several", "👩‍👧", "an emoji (U+1F469)"],
    ["other signs", "a|b", "cannot hold |"],
    ["an option's dash", "-rf", "must begin with"],
    ["signs alone", "_-_", "must hold a letter"],
  ])("refuses %s", (_, raw, reason) => {
    const { code, message } = refusal(raw);
    expect(code).toBe("INVALID");
    expect(message).toContain(reason);
  });

  it.each(["~", "@", "#", "/", "*", "＠", "＃"])("refuses a name that begins with %s", (sigil) => {
    expect(refusal(`${sigil}ada`).message).toContain("cannot begin with");
  });

  it.each(["hub", "Server", "SYSTEM", "palaver", "everyone", "here", "all", "ｈｕｂ", "ѕуѕтем"])(
    "refuses %s, which the hub keeps for itself",
    (raw) => {
      expect(refusal(raw).message).toContain("reserved");
    },
  );

  it("for any text: a clean name, or a Refusal that quotes nothing of it that is not ASCII", () => {
    const pieces = fc.constantFrom(
      "a",
      "я",
      "你",
      "\u0301",
      "\u200d",
      "~",
      "-",
      "9",
      "\u202e",
      "\ud800",
      " ",
      "🙂",
    );
    const raw = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(pieces).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(raw, (text) => {
        let nick: string;
        try {
          nick = parseNickname(text);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          expect(error.message).toMatch(/^[ -~]+$/);
          return;
        }
        expect(nick).toMatch(/^[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}._\-]*$/v);
        expect(nick).not.toMatch(/\p{DI}/v);
        expect(Buffer.byteLength(nick)).toBeLessThanOrEqual(63);
        expect(parseNickname(nick)).toBe(nick);
      }),
      { numRuns: 500 },
    );
  });
});

describe("nicknameKey", () => {
  it.each([
    ["case", "Ada", "aDA"],
    ["width", "ａｄａ", "ada"],
    ["a Cyrillic look-alike", "раypal", "paypal"],
    ["a name that is all look-alikes", "ВОВ", "BOB"],
    ["small letters that are all look-alikes", "сосо", "coco"],
    ["Greek capitals", "ΝΙΚΕ", "nike"],
    ["composition", "Zoe\u0308", "Zoë"],
    ["an accent on a look-alike", "ё", "ë"],
    ["case of a final sigma", "ΝΊΚΟΣ", "Νίκος"],
    ["sharp s", "straße", "STRASSE"],
    ["capital sharp s", "STRAẞE", "straße"],
    ["dotless and dotted i", "ıİ", "ii"],
    ["Katakana and Han", "カロ", "力口"],
    ["a long vowel and the Han one", "タロー", "夕口一"],
    ["half-width Katakana and Han", "ﾆ", "二"],
    ["Katakana and Hiragana", "ヘリ", "へり"],
  ])("does not tell %s apart", (_, one, other) => {
    expect(nicknameKey(one)).toBe(nicknameKey(other));
  });

  it.each([
    ["ada", "adá"],
    ["bob", "bob_"],
    ["ali", "all"],
    ["Иван", "Ivan"],
    ["小明", "小朋"],
  ])("tells %s from %s", (one, other) => {
    expect(nicknameKey(one)).not.toBe(nicknameKey(other));
  });

  it("for any text: the key of a key is that key, and case does not matter", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const key = nicknameKey(text);
        expect(nicknameKey(key)).toBe(key);
        expect(nicknameKey(text.toLowerCase())).toBe(key);
      }),
      { numRuns: 500 },
    );
  });
});
