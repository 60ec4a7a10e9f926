import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import headless from "@xterm/headless";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { steadyColumns } from "../../src/terminal/steady-columns.ts";
import { type Operation, tryRows, withRows } from "../../src/terminal/rows-output.ts";

type Write = (x: number, y: number, text: string, options: { transformers: readonly [] }) => void;
interface Output {
  readonly operations: Operation[];
  readonly width: number;
  readonly height: number;
  write: Write;
  clip(clip: object): void;
  unclip(): void;
  get(): { readonly output: string; readonly height: number };
}

const ink = join(dirname(createRequire(import.meta.url).resolve("ink")), "output.js");
const { default: Cells } = (await import(pathToFileURL(ink).href)) as {
  default: new (size: { width: number; height: number }) => Output;
};
const Rows = withRows(Cells as new (...options: never[]) => Output) as typeof Cells;

const size = { width: 30, height: 6 };
const plain = { transformers: [] } as const;

/** What a terminal shows of it as the client writes it, cell by cell, with its colours. */
async function cellsOf(output: string): Promise<string[]> {
  const terminal = new headless.Terminal({
    cols: size.width,
    rows: size.height,
    allowProposedApi: true,
    convertEol: true,
  });
  await new Promise<void>((resolve) => terminal.write(steadyColumns(output), resolve));
  const { active } = terminal.buffer;
  const cells = Array.from({ length: size.height * size.width }, (_, at) => {
    const cell = active.getLine(Math.floor(at / size.width))?.getCell(at % size.width);
    // A blank with a colour and an empty cell look the same.
    const isBlank = (cell?.getChars().trim() ?? "") === "" && cell?.isInverse() === 0;
    return isBlank ? "" : `${cell?.getChars()} ${cell?.getFgColor()} ${cell?.isBold()} ${cell?.isInverse()}`;
  });
  terminal.dispose();
  return cells;
}

const TEXTS = [
  "hello",
  "你好",
  "é",
  "x",
  "  gap  ",
  "a\u200db",
  "─│",
  "\u200dab",
  "\ufe0fx",
  "\ufeffab",
  "\u200b",
  "a\u00adb",
  "👨‍👩‍👧‍👦",
  "🇯🇵🇦",
  "1️⃣ x",
  "❤️",
  "👍🏽",
  "Z\u0300\u0301z",
  "ก็ก",
  "\u3000",
  "\u3164x",
  "﷽",
  "😀😀😀😀",
  "ｱｲ",
  "\u001b]8;;http://x\u0007link\u001b]8;;\u0007",
];
const painted = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.constantFrom(["", ""], ["\u001b[1;33m", "\u001b[22;39m"], ["\u001b[7m", "\u001b[27m"]),
  )
  .map(([text, [on = "", off = ""]]) => on + text + off);
/** At most nine cells wide: of three in a row none reaches the next one. */
const screens = fc.array(
  fc.record({
    column: fc.constantFrom(0, 10, 20),
    row: fc.integer({ min: 0, max: 5 }),
    texts: fc.array(painted, { maxLength: 1 }),
  }),
  { maxLength: 12 },
);

test("a screen of texts side by side looks as Ink draws it", async () => {
  await fc.assert(
    fc.asyncProperty(screens, async (parts) => {
      const places = new Map(parts.map((part) => [part.row * 100 + part.column, part]));
      const sorted = [...places].toSorted(([one], [other]) => one - other).map(([, part]) => part);
      const [cells, rows] = [new Cells(size), new Rows(size)];
      for (const screen of [cells, rows]) {
        screen.clip({ x1: 0, x2: size.width, y1: 0, y2: size.height });
        for (const { column, row, texts } of sorted) screen.write(column, row, texts.join(""), plain);
        screen.unclip();
      }
      expect(tryRows(rows.operations, size.width, size.height)).toBeDefined();
      expect(rows.get().height).toBe(cells.get().height);
      expect(await cellsOf(rows.get().output)).toEqual(await cellsOf(cells.get().output));
    }),
    { numRuns: 100 },
  );
});

test("rows outside a clip are not drawn, lines of one text stand below each other", () => {
  const rows = new Rows(size);
  rows.clip({ y1: 1, y2: 3 });
  rows.write(2, 0, "one\ntwo\nthree\nfour", plain);
  rows.unclip();
  rows.write(0, 5, "last", plain);
  expect(rows.get()).toEqual({ output: "\n  two\n  three\n\n\nlast", height: 6 });
});

test.each([
  ["overlap", (screen: Output) => (screen.write(0, 0, "below", plain), screen.write(3, 0, "above", plain))],
  [
    "come from the right",
    (screen: Output) => (screen.write(9, 0, "b", plain), screen.write(0, 0, "a", plain)),
  ],
  ["are too wide", (screen: Output) => screen.write(26, 0, "too wide", plain)],
  [
    "are cut by a clip",
    (screen: Output) => (screen.clip({ x1: 2, x2: 6 }), screen.write(0, 0, "cut off", plain)),
  ],
])("texts that %s are drawn by Ink", (_, draw) => {
  const [cells, rows] = [new Cells(size), new Rows(size)];
  draw(cells);
  draw(rows);
  expect(tryRows(rows.operations, size.width, size.height)).toBeUndefined();
  expect(rows.get()).toEqual(cells.get());
});
