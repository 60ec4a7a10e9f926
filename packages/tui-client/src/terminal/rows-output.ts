import { graphemesOf } from "../text/graphemes.ts";
import { textWidth } from "../text/width.ts";

/** What Ink notes down of a frame: texts at their places, and the rectangles that they are cut to. */
export type Operation =
  | {
      readonly type: "write";
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly transformers: readonly ((line: string, index: number) => string)[];
    }
  | { readonly type: "clip"; readonly clip: Clip }
  | { readonly type: "unclip" };

/** Absent: nothing is cut there. `x2` and `y2` lie outside. */
interface Clip {
  readonly x1?: number | undefined;
  readonly x2?: number | undefined;
  readonly y1?: number | undefined;
  readonly y2?: number | undefined;
}

interface Drawn {
  readonly output: string;
  readonly height: number;
}

/** Ink's class that makes a screen out of them. */
interface Output {
  readonly operations: readonly Operation[];
  readonly width: number;
  readonly height: number;
  get(): Drawn;
}

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/u;
// oxlint-disable-next-line no-control-regex
const SEQUENCES = /(\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\))/;
const ONLY_IGNORABLE = /^\p{Default_Ignorable_Code_Point}+$/u;

/**
 * Ink's own takes every row apart into cells and puts these together again: 7 MB a frame, which have to be collected. Where
 * texts stand side by side, as all of ours do, a row is these texts; any other frame is left to Ink.
 */
export function withRows<Base extends new (...options: never[]) => Output>(Cells: Base): Base {
  // A class of a type parameter is a mixin only with this constructor.
  // oxlint-disable-next-line typescript/no-explicit-any
  const Class = Cells as unknown as new (...options: any[]) => Output;
  class RowsOutput extends Class {
    override get(): Drawn {
      return tryRows(this.operations, this.width, this.height) ?? super.get();
    }
  }
  return RowsOutput as unknown as Base;
}

/** The screen; undefined where texts overlap, come in another order, or have to be cut within a row. */
export function tryRows(operations: readonly Operation[], width: number, height: number): Drawn | undefined {
  const rows = Array.from({ length: height }, () => "");
  const ends = Array.from({ length: height }, () => 0);
  const clips: Clip[] = [];
  for (const operation of operations) {
    if (operation.type === "clip") clips.push(intersect(clips.at(-1), operation.clip));
    else if (operation.type === "unclip") clips.pop();
    else {
      const { x, y, text, transformers } = operation;
      const clip = clips.at(-1) ?? {};
      const [top, bottom] = [Math.max(0, clip.y1 ?? 0), Math.min(height, clip.y2 ?? height)];
      const [left, right] = [Math.max(0, clip.x1 ?? 0), Math.min(width, clip.x2 ?? width)];
      const lines = text.includes("\n") ? text.split("\n") : [text];
      for (const [index, raw] of lines.entries()) {
        const row = y + index;
        if (row < top || row >= bottom) continue;
        const line = shownOf(transformers.reduce((piece, transform) => transform(piece, index), raw));
        const cells = textWidth(line);
        const end = ends[row] ?? 0;
        if (x < left || x + cells > right || x < end) return undefined;
        rows[row] += (x > end ? " ".repeat(x - end) : "") + line;
        ends[row] = x + cells;
      }
    }
  }
  return { output: rows.map((row) => row.trimEnd()).join("\n"), height };
}

/** Invisible characters of their own must take no cell; inside a grapheme, as in emoji, they belong to it. */
function shownOf(line: string): string {
  if (!IGNORABLE.test(line)) return line;
  // The last letter of a sequence would take what follows it for a part of its grapheme.
  const pieces = line
    .split(SEQUENCES)
    .map((piece, index) => (index % 2 === 1 ? piece : graphemesOf(piece).filter(isShown).join("")));
  return pieces.join("");
}

function isShown(grapheme: string): boolean {
  return !ONLY_IGNORABLE.test(grapheme);
}

function intersect(outer: Clip | undefined, inner: Clip): Clip {
  if (outer === undefined) return inner;
  return {
    x1: tighter(outer.x1, inner.x1, Math.max),
    x2: tighter(outer.x2, inner.x2, Math.min),
    y1: tighter(outer.y1, inner.y1, Math.max),
    y2: tighter(outer.y2, inner.y2, Math.min),
  };
}

function tighter(
  one: number | undefined,
  other: number | undefined,
  choose: (one: number, other: number) => number,
): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : choose(one, other);
}
