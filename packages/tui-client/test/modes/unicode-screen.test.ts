import { afterEach, expect, test } from "vitest";
import { openScreens } from "./open-screens.ts";

const screens = openScreens();
afterEach(screens.close);

const SAMPLE = "你好👨‍👩‍👧‍👦🇯🇵é क्षि";
/** Cells of each grapheme of the sample: as many as any terminal needs. */
const CELLS = [2, 2, 2, 2, 1, 1, 3];

test("typed, each grapheme moves the cursor by its cells, and Backspace takes one at a time", async () => {
  const screen = await screens.open();
  screen.type(SAMPLE);
  const total = CELLS.reduce((sum, cells) => sum + cells, 0);
  await screen.until(() => screen.cursor.x === 2 + total);
  let left = total;
  for (const cells of CELLS.toReversed()) {
    left -= cells;
    screen.type("\u007f");
    await screen.until(() => screen.cursor.x === 2 + left);
  }
  expect(screen.rows()[23]).toBe(">");
});

test("a long draft of it wraps without cutting a grapheme, and the cursor goes along", async () => {
  const screen = await screens.open({ columns: 21, rows: 12 });
  screen.type("你好🇯🇵".repeat(4));
  // 18 cells a row: three times six.
  await screen.until(() => screen.cursor.y === 11 && screen.cursor.x === 2 + 6);
  expect(screen.rows()[10]).toBe(`> ${"你好🇯🇵".repeat(3)}`);
  expect(screen.rows()[11]).toBe("  你好🇯🇵");
});

test.each([71, 85, 101, 119])("borders are straight at %i columns whatever is said", async (columns) => {
  const screen = await screens.open({ columns, rows: 20 });
  screen.connection.store("小明👨‍👩‍👧‍👦", `${SAMPLE} `.repeat(12));
  screen.connection.store("bob", "❤️👍🏽1️⃣🏴‍☠️ ".repeat(20));
  await screen.shows("1️⃣");
  const borders = columns >= 100 ? [14, columns - 18] : [14];
  const { active } = screen.terminal.buffer;
  const bordersOf = (row: number) =>
    borders.map((column) => active.getLine(row)?.getCell(column)?.getChars());
  const straight = borders.map(() => "│");
  for (let row = 0; row < 17; row++) {
    await screen.until(() => bordersOf(row).join() === straight.join());
    expect(bordersOf(row)).toEqual(straight);
  }
});
