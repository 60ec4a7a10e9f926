import * as fc from "fast-check";
import { expect, test } from "vitest";
import { en } from "../../src/i18n/en.ts";
import type { Entry } from "../../src/store/entry.ts";
import { createLook } from "../../src/theme/look.ts";
import { createLayout, type LayoutRows } from "../../src/timeline/layout.ts";
import type { Talk } from "../../src/timeline/talk.ts";
import { type Anchor, anchorAt, oldestAnchor, scroll, visibleRows } from "../../src/timeline/viewport.ts";

const WIDTH = 60;

function entry(id: number, text = `text ${id}`): Entry {
  return { id, at: 0, from: "bob", kind: "say", text, seq: id, delivery: "stored" };
}

const look = createLook({ theme: "dark", depth: 1, isUnicode: true, hasLinks: false });
const layoutOf = (width: number): LayoutRows =>
  createLayout({ width, look, words: en, nick: "ada", isBare: false, query: "" });
const talkOf = (entries: readonly Entry[], layout = layoutOf(WIDTH)): Talk => ({
  entries,
  rowsOf: (index) => layout(entries, index, undefined),
});
/** The text of a row, without its columns. */
const bodyOf = ({ plain }: { readonly plain: string }) => plain.slice("12:01 ".length + 14);

const many = (count: number) => Array.from({ length: count }, (_, index) => entry(index + 1));
const textsOf = (entries: readonly Entry[], anchor: Anchor | undefined, height: number) =>
  visibleRows(talkOf(entries), anchor, height).map(bodyOf);
/** The line of the day stands above the first message. */
const DAY = expect.stringMatching(/^─/) as unknown as string;

test("without an anchor the newest rows are shown, also as the timeline grows", () => {
  expect(textsOf(many(100), undefined, 3)).toEqual(["text 98", "text 99", "text 100"]);
  expect(textsOf(many(101), undefined, 3)).toEqual(["text 99", "text 100", "text 101"]);
  expect(textsOf(many(2), undefined, 3)).toEqual([DAY, "text 1", "text 2"]);
  expect(textsOf([], undefined, 3)).toEqual([]);
});

test("scrolled up, what is shown stays while messages come", () => {
  const anchor = scroll(talkOf(many(100)), undefined, 3, -2);
  expect(textsOf(many(100), anchor, 3)).toEqual(["text 96", "text 97", "text 98"]);
  expect(textsOf(many(150), anchor, 3)).toEqual(["text 96", "text 97", "text 98"]);
});

test("up ends with the first row at the top, down ends at the newest", () => {
  const top = scroll(talkOf(many(10)), undefined, 3, -1000);
  expect(textsOf(many(10), top, 3)).toEqual([DAY, "text 1", "text 2"]);
  expect(oldestAnchor(talkOf(many(10)), 3)).toEqual(top);
  expect(scroll(talkOf(many(10)), top, 3, 1000)).toBeUndefined();
  expect(scroll(talkOf(many(2)), undefined, 3, -10)).toBeUndefined();
});

test("an entry that is looked for stands in the middle of the screen", () => {
  expect(textsOf(many(100), anchorAt(talkOf(many(100)), 50, 5), 5)).toContain("text 50");
  expect(textsOf(many(100), anchorAt(talkOf(many(100)), 100, 5), 5)).toContain("text 100");
  expect(anchorAt(talkOf(many(100)), 999, 5)).toBeUndefined();
});

test("only what is seen is laid out", () => {
  const laidOut = new Set<number>();
  const layout = layoutOf(WIDTH);
  visibleRows(
    talkOf(many(10_000), (entries, index, readUpTo) => {
      laidOut.add(index);
      return layout(entries, index, readUpTo);
    }),
    undefined,
    40,
  );
  expect(laidOut.size).toBeLessThanOrEqual(41);
});

test("an anchor whose entry was dropped shows the oldest", () => {
  expect(textsOf(many(100).slice(50), { entryId: 3, row: 0 }, 3)).toEqual([DAY, "text 51", "text 52"]);
});

test("in every state the screen is full when there is enough, and rows follow each other", () => {
  const text = fc.string({ minLength: 0, maxLength: 200 }).map((line) => line.replace(/\s+/g, " "));
  fc.assert(
    fc.property(
      fc.array(text, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 10 }),
      fc.integer({ min: 20, max: 100 }),
      (texts, height, moves, width) => {
        const entries = texts.map((each, index) => entry(index + 1, each));
        let anchor: Anchor | undefined;
        for (const by of moves) anchor = scroll(talkOf(entries), anchor, height, by);
        const talk = talkOf(entries, layoutOf(width));
        const all = entries.flatMap((_, index) => talk.rowsOf(index).map(({ key }) => key));
        const shown = visibleRows(talk, anchor, height).map(({ key }) => key);
        expect(shown).toHaveLength(Math.min(height, all.length));
        const first = all.indexOf(shown[0] ?? "");
        expect(shown).toEqual(all.slice(first, first + shown.length));
      },
    ),
  );
});
