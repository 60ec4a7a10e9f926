import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanText } from "../../src/text/clean.ts";

const ESC = "\u001b";
const ST = "\u009c";

describe("escape sequences", () => {
  it.each([
    ["colour (CSI)", `${ESC}[1;31mred${ESC}[0m`, "red"],
    ["cursor movement and clear screen", `a${ESC}[2J${ESC}[1;1Hb`, "ab"],
    ["private CSI with an intermediate byte", `a${ESC}[?25lb${ESC}[0 qc`, "abc"],
    ["8-bit CSI", "a\u009b31mb", "ab"],
    ["title (OSC ended by BEL)", `a${ESC}]0;owned\u0007b`, "ab"],
    ["clipboard (OSC 52 ended by ST)", `a${ESC}]52;c;cm0gLXJm${ESC}\\b`, "ab"],
    ["8-bit OSC ended by 8-bit ST", `a\u009d0;owned${ST}b`, "ab"],
    ["hyperlink (OSC 8): its text stays", `${ESC}]8;;http://evil${ESC}\\here${ESC}]8;;${ESC}\\`, "here"],
    ["DCS, 7 and 8 bit", `a${ESC}P1$q"p${ESC}\\b\u0090x${ST}c`, "abc"],
    ["APC, PM and SOS", `a${ESC}_Gx${ESC}\\b${ESC}^x${ESC}\\c${ESC}Xx${ESC}\\d`, "abcd"],
    ["a sequence smuggled through tmux", `a${ESC}Ptmux;${ESC}${ESC}]52;c;eA==\u0007${ESC}\\b`, "ab"],
    ["reset and character sets", `a${ESC}cb${ESC}(0c${ESC}#8d`, "abcd"],
    ["unterminated CSI", `a${ESC}[12;`, "a"],
    ["unterminated OSC", `a${ESC}]0;title`, "a"],
    ["lone ESC at the end", `a${ESC}`, "a"],
    ["ESC before a letter of another script", `a${ESC}你`, "a你"],
    ["a sequence made of two halves", `a${ESC}${ESC}[31m[31mb`, "a[31mb"],
  ])("removes %s", (_, dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  it("lets a string that never ends swallow no more than its own line", () => {
    expect(cleanText(`${ESC}]0;title\nnext line`, { newlines: true })).toBe("\nnext line");
  });
});

describe("other characters", () => {
  it.each([
    ["backspaces", "rm\b\bls", "rmls"],
    ["BEL, NUL and DEL", "a\u0007b\0c\u007fd", "abcd"],
    ["C1 controls", "a\u0084b\u0099c", "abc"],
    ["overrides and isolates", "a\u202eb\u2066c\u2069d\u200fe\u061cf", "abcdef"],
    ["tags", "a\u{e0041}\u{e007f}b", "ab"],
    ["interlinear annotation", "a\ufff9b\ufffac\ufffbd", "abcd"],
  ])("removes %s", (_, dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  it("turns each line end and tab into a blank when the text is one line", () => {
    expect(cleanText("a\r\nb\rc\nd\te\u2028f\u2029g\u0085h")).toBe("a b c d e f g h");
  });

  it("keeps tabs and makes every line end \\n when lines are kept", () => {
    expect(cleanText("a\r\nb\rc\nd\te\u2028f\u2029g\u0085h", { newlines: true })).toBe(
      "a\nb\nc\nd\te\nf\ng\nh",
    );
  });

  it("replaces lone surrogates", () => {
    expect(cleanText("a\ud83db\ude00c")).toBe("a\ufffdb\ufffdc");
    expect(cleanText("\ud83d\u0007\ude00")).toBe("\ufffd\ufffd");
  });

  it.each(["hello", "你好，世界", "👩‍👩‍👧 ❤️ 🇨🇳", "นี่", "e\u0301", "葛\u{e0100}城", "zero\u200bwidth", ""])(
    "leaves %j as it is",
    (text) => {
      expect(cleanText(text)).toBe(text);
      expect(cleanText(text, { newlines: true })).toBe(text);
    },
  );
});

const forbidden = /[\p{Cc}\p{Bidi_C}\u2028\u2029\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/v;
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ESC,
        `${ESC}[`,
        `${ESC}]`,
        `${ESC}P`,
        `${ESC}\\`,
        "\u009b",
        "\u009d",
        ST,
        "\u0007",
        "\r",
        "\n",
        "\t",
      ),
      fc.constantFrom("\ud83d", "\ude00", "\u{e0041}", "\u202e", "31m", ";", "你", "a"),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

describe("for any text", () => {
  it("the result holds nothing forbidden, and line ends only when they are kept", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(cleanText(text)).not.toMatch(forbidden);
        expect(cleanText(text, { newlines: true }).replaceAll(/[\n\t]/g, "")).not.toMatch(forbidden);
      }),
    );
  });

  it("cleaning twice changes nothing", () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, newlines) => {
        const once = cleanText(text, { newlines });
        expect(cleanText(once, { newlines })).toBe(once);
      }),
    );
  });

  it("text without anything forbidden comes back as it was", () => {
    const harmless = hostile.map((text) => text.toWellFormed().replaceAll(new RegExp(forbidden, "gv"), ""));
    fc.assert(
      fc.property(harmless, (text) => {
        expect(cleanText(text)).toBe(text);
      }),
    );
  });

  it("the quick look misses no single character", () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code);
      if (forbidden.test(character) && cleanText(character) === character)
        expect.fail(`U+${code.toString(16)}`);
    }
  });
});

it.each([`${ESC}[`, `${ESC}]a`, "\u009d", "\u009b0;", `${ESC}P${ESC}`, `${ESC} `, "0;1m"])(
  "a megabyte of %j is cleaned without backtracking",
  // Quadratic work on a million characters would run into the test's own time limit.
  (piece) => {
    expect(cleanText(piece.repeat(1_000_000 / piece.length))).not.toMatch(forbidden);
  },
);
