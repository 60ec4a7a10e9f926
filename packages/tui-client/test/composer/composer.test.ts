import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Composer,
  type ComposerAction,
  MAX_DRAFT_LENGTH,
  emptyComposer,
  reduceComposer,
} from "../../src/composer/composer.ts";
import { MAX_HISTORY, searchHistory } from "../../src/composer/history.ts";
import { MAX_KILLS } from "../../src/composer/kill-ring.ts";
import { MAX_UNDO } from "../../src/composer/undo.ts";
import { graphemesOf } from "../../src/text/graphemes.ts";

/** A draft with the cursor where `|` stands. */
function at(draft: string): Composer {
  const cursor = draft.indexOf("|");
  return { ...emptyComposer(), text: draft.replace("|", ""), cursor };
}

function after(draft: Composer | string, ...actions: readonly (ComposerAction | string)[]): string {
  const { text, cursor } = reduceAll(typeof draft === "string" ? at(draft) : draft, actions);
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

function reduceAll(state: Composer, actions: readonly (ComposerAction | string)[]): Composer {
  return actions.reduce<Composer>(
    (composer, action) =>
      reduceComposer(composer, typeof action === "string" ? ({ type: action } as ComposerAction) : action),
    state,
  );
}

const insert = (text: string) => ({ type: "insert", text }) as const;
const typed = (...lines: string[]) => lines.flatMap((line) => [insert(line), "sent"]);

describe("one grapheme is one step", () => {
  test.each(["👨‍👩‍👧‍👦", "🇯🇵", "好", "e\u0301", "क्षि", "❤️", "𝄞"])(
    "backspace removes the whole of %s",
    (grapheme) => {
      expect(after(`a${grapheme}|b`, "backspace")).toBe("a|b");
      expect(after(`a|${grapheme}b`, "delete")).toBe("a|b");
      expect(after(`a|${grapheme}b`, "right")).toBe(`a${grapheme}|b`);
      expect(after(`a${grapheme}|b`, "left")).toBe(`a|${grapheme}b`);
    },
  );

  test("an emoji that arrives in pieces becomes one", () => {
    expect(after("|", insert("👨"), insert("\u200d"), insert("👩"), "backspace")).toBe("|");
  });
});

test.each([
  ["ab cd| ef", "word-left", "ab |cd ef"],
  ["ab |cd", "word-left", "|ab cd"],
  ["ab| cd ef", "word-right", "ab cd| ef"],
  ["ab cd |ef", "kill-word", "ab |ef"],
  ["ab| cd ef", "kill-word-right", "ab| ef"],
  ["one|\ntwo", "kill-to-end", "one|two"],
  ["one\ntw|o\nthree", "line-start", "one\n|two\nthree"],
  ["one\ntw|o\nthree", "line-end", "one\ntwo|\nthree"],
  ["one\ntw|o\nthree", "kill-to-end", "one\ntw|\nthree"],
  ["one\ntw|o\nthree", "kill-to-start", "one\n|o\nthree"],
  ["one\ntw|o\nthree", "up", "on|e\ntwo\nthree"],
  ["one\ntw|o\nthree", "down", "one\ntwo\nth|ree"],
  ["a\n|", "up", "|a\n"],
  ["|x", "backspace", "|x"],
  ["x|", "delete", "x|"],
])("%j %s gives %j", (before, action, expected) => {
  expect(after(before, action)).toBe(expected);
});

describe("what was cut", () => {
  test("is put back, and cuts in a row are one", () => {
    expect(after("one two three|", "kill-word", "kill-word", "yank")).toBe("one two three|");
    expect(after("ab|cd", "kill-to-end", "kill-to-start", "yank", "yank")).toBe("abcdabcd|");
    expect(after("|", "yank")).toBe("|");
  });

  test("an older cut takes the place of the one just put back", () => {
    const cut = reduceAll(at("first|"), ["kill-word", insert("second"), "kill-word", insert("x")]);
    expect(after(cut, "yank")).toBe("xsecond|");
    expect(after(cut, "yank", "yank-pop")).toBe("xfirst|");
    expect(after(cut, "yank", "yank-pop", "yank-pop")).toBe("xsecond|");
    expect(after(cut, "yank-pop")).toBe("x|");
  });

  test("survives the sending, and the oldest goes when the ring is full", () => {
    expect(after("word|", "kill-word", insert("hi"), "sent", "yank")).toBe("word|");
    const pieces = Array.from({ length: MAX_KILLS + 5 }, (_, index) => [
      insert(`p${index}`),
      "kill-word",
      "left",
    ]);
    expect(reduceAll(emptyComposer(), pieces.flat()).kills).toHaveLength(MAX_KILLS);
  });
});

describe("undo", () => {
  test("takes back a word of typing, a cut, a clearing", () => {
    const written = reduceAll(emptyComposer(), graphemesOf("two words").map(insert));
    expect(after(written, "undo")).toBe("two|");
    expect(after(written, "kill-word", "undo")).toBe("two words|");
    expect(after(written, "clear", "undo")).toBe("two words|");
    expect(after("|", "undo")).toBe("|");
  });

  test("remembers so much", () => {
    const many = Array.from({ length: MAX_UNDO * 2 }, () => insert(" "));
    expect(reduceAll(emptyComposer(), many).undo).toHaveLength(MAX_UNDO);
  });
});

describe("history", () => {
  test("up goes back, down comes back to the draft", () => {
    const sent = reduceAll(emptyComposer(), typed("first", "second"));
    const writing = reduceComposer(sent, insert("draft"));
    expect(after(writing, "up")).toBe("second|");
    expect(after(writing, "up", "up", "up")).toBe("first|");
    expect(after(writing, "up", "up", "down", "down")).toBe("draft|");
    expect(after(writing, "down")).toBe("draft|");
  });

  test("is searched from the newest line, whatever the case", () => {
    const { history } = reduceAll(emptyComposer(), typed("make test", "ls", "Make build"));
    expect(searchHistory(history, "make")).toBe(2);
    expect(searchHistory(history, "make", 1)).toBe(0);
    expect(searchHistory(history, "nothing")).toBe(-1);
    expect(searchHistory(history, "")).toBe(-1);
  });

  test("a line that repeats the one before is kept once", () => {
    expect(reduceAll(emptyComposer(), typed("a", "a", "b")).history.lines).toEqual(["a", "b"]);
  });

  test("the oldest line goes when the history is full", () => {
    const lines = Array.from({ length: MAX_HISTORY + 1 }, (_, index) => `line ${index}`);
    const { history } = reduceAll(emptyComposer(), typed(...lines));
    expect(history.lines).toHaveLength(MAX_HISTORY);
    expect(history.lines[0]).toBe("line 1");
  });
});

describe("paste", () => {
  test("keeps its lines, and waits for Enter when there are several", () => {
    const pasted = reduceComposer(at("say: |"), { type: "paste", text: "one\ntwo\n" });
    expect(pasted).toMatchObject({ text: "say: one\ntwo", pastedLines: 2 });
    expect(reduceComposer(pasted, { type: "sent" }).pastedLines).toBe(0);
    expect(reduceComposer(pasted, { type: "clear" })).toMatchObject({ text: "", pastedLines: 0 });
  });

  test("of one line is as typed", () => {
    expect(reduceComposer(at("|"), { type: "paste", text: "one\n" })).toMatchObject({
      text: "one",
      pastedLines: 0,
    });
  });

  test("beyond the bound is cut, and never grows the draft past it", () => {
    const pasted = reduceComposer(at("|"), { type: "paste", text: "x".repeat(MAX_DRAFT_LENGTH * 2) });
    expect(pasted.text).toHaveLength(MAX_DRAFT_LENGTH);
    expect(reduceComposer(pasted, insert("y"))).toEqual(pasted);
  });
});

test("whatever is done, the cursor stands between two graphemes and the draft is well formed", () => {
  const piece = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("👨‍👩‍👧‍👦", "\u200d", "🇯🇵", "🇯", "\u0301", "\n", " ", "你好", "क्षि"),
  );
  const names = [
    "backspace",
    "delete",
    "left",
    "right",
    "word-left",
    "word-right",
    "line-start",
    "line-end",
  ] as const;
  const others = [
    ...(["up", "down", "kill-to-end", "kill-to-start", "kill-word", "kill-word-right"] as const),
    ...(["yank", "yank-pop", "undo", "sent", "clear"] as const),
  ];
  const action: fc.Arbitrary<ComposerAction> = fc.oneof(
    piece.map(insert),
    piece.map((text) => ({ type: "paste", text }) as const),
    fc.constantFrom(...names, ...others).map((type) => ({ type }) as const),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
      const { text, cursor } = reduceAll(emptyComposer(), actions);
      const boundaries = graphemesOf(text).reduce<number[]>(
        (ends, grapheme) => [...ends, (ends.at(-1) ?? 0) + grapheme.length],
        [0],
      );
      expect(boundaries).toContain(cursor);
      expect(text.isWellFormed()).toBe(true);
    }),
  );
});

test("a word's start and end are never inside a grapheme that joins a blank and a mark", () => {
  const before = reduceAll(emptyComposer(), [insert("a "), insert("\u200db")]);
  expect(reduceAll(before, [{ type: "word-left" }]).cursor).toBe(1);
  expect(reduceAll(before, [{ type: "kill-word" }]).text).toBe("a");
  // U+0600 joins what follows it, a blank too.
  const prefixed = reduceAll(emptyComposer(), [insert("\u0600 b"), { type: "line-start" }]);
  expect(reduceAll(prefixed, [{ type: "word-right" }]).cursor).toBe(2);
});
