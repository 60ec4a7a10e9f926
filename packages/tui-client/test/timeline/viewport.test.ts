import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../../src/store/state.ts";
import { createLayout } from "../../src/timeline/layout.ts";
import { type Anchor, scroll, visibleRows } from "../../src/timeline/viewport.ts";

const WIDTH = 60;

function entry(id: number, text = `text ${id}`): Entry {
  return { id, at: 0, from: "bob", kind: "say", text, seq: id, delivery: "stored" };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => entry(index + 1));
const textsOf = (entries: readonly Entry[], anchor: Anchor | undefined, height: number) =>
  visibleRows(entries, anchor, height, createLayout(WIDTH)).map(({ text }) => text);

test("without an anchor the newest rows are shown, also as the timeline grows", () => {
  expect(textsOf(many(100), undefined, 3)).toEqual(["text 98", "text 99", "text 100"]);
  expect(textsOf(many(101), undefined, 3)).toEqual(["text 99", "text 100", "text 101"]);
  expect(textsOf(many(2), undefined, 3)).toEqual(["text 1", "text 2"]);
  expect(textsOf([], undefined, 3)).toEqual([]);
});

test("scrolled up, what is shown stays while messages come", () => {
  const anchor = scroll(many(100), undefined, 3, -2, createLayout(WIDTH));
  expect(textsOf(many(100), anchor, 3)).toEqual(["text 96", "text 97", "text 98"]);
  expect(textsOf(many(150), anchor, 3)).toEqual(["text 96", "text 97", "text 98"]);
});

test("up ends with the first row at the top, down ends at the newest", () => {
  const layout = createLayout(WIDTH);
  const top = scroll(many(10), undefined, 3, -1000, layout);
  expect(textsOf(many(10), top, 3)).toEqual(["text 1", "text 2", "text 3"]);
  expect(scroll(many(10), top, 3, 1000, layout)).toBeUndefined();
  expect(scroll(many(2), undefined, 3, -10, layout)).toBeUndefined();
});

test("only what is seen is laid out", () => {
  const laidOut = new Set<number>();
  const layout = createLayout(WIDTH);
  visibleRows(many(10_000), undefined, 40, (each) => {
    laidOut.add(each.id);
    return layout(each);
  });
  expect(laidOut.size).toBeLessThanOrEqual(41);
});

test("an anchor whose entry was dropped shows the oldest", () => {
  expect(textsOf(many(100).slice(50), { entryId: 3, row: 0 }, 2)).toEqual(["text 51", "text 52"]);
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
        for (const by of moves) anchor = scroll(entries, anchor, height, by, createLayout(WIDTH));
        const layout = createLayout(width);
        const all = entries.flatMap((each) => layout(each).map(({ key }) => key));
        const shown = visibleRows(entries, anchor, height, layout).map(({ key }) => key);
        expect(shown).toHaveLength(Math.min(height, all.length));
        const first = all.indexOf(shown[0] ?? "");
        expect(shown).toEqual(all.slice(first, first + shown.length));
      },
    ),
  );
});
