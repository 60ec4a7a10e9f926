import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createOutput } from "../../../src/modes/pipe/output.ts";
import { createProgressBar } from "../../../src/modes/pipe/progress-bar.ts";
import { progressLine } from "../../../src/text/transfer-progress.ts";

const progress = { name: "photo.png", bytes: 1_050_000, size: 2_100_000, from: 0 };

test.each([
  [progress, 0.5, "[#####-----] 50 %  0:01  2.1 MB/s  1.1 MB / 2.1 MB  photo.png"],
  [{ ...progress, from: 1_000_000 }, 1, "[#####-----] 50 %  0:21  50.0 kB/s  1.1 MB / 2.1 MB  photo.png"],
  [{ ...progress, bytes: 100 }, 1, "[----------] 0 %  5:49:59  100 B/s  100 B / 2.1 MB  photo.png"],
  [{ ...progress, bytes: 0 }, 1, "[----------] 0 %  0 B / 2.1 MB  photo.png"],
  [{ name: "a", bytes: 0, size: 0, from: 0 }, 0, "[##########] 100 %  0 B / 0 B  a"],
  [{ ...progress, name: "a\u001b[31m\u202eb" }, 0, "[#####-----] 50 %  1.1 MB / 2.1 MB  ab"],
  [{ ...progress, name: "长".repeat(40) }, 0, `[#####-----] 50 %  1.1 MB / 2.1 MB  ${"长".repeat(11)}…`],
])("%j after %d s", (given, seconds, line) => {
  expect(progressLine(given, seconds)).toBe(line);
});

function drawn(isTerminal: boolean, columns?: number) {
  const stream = new PassThrough();
  Object.assign(stream, { isTTY: isTerminal, columns });
  const output = createOutput(stream, () => {});
  let nowMs = 0;
  const bar = createProgressBar(output, () => nowMs);
  return {
    bar,
    wait: (ms: number) => (nowMs += ms),
    text: () => (stream.read() as Buffer | null)?.toString() ?? "",
  };
}

test("a terminal gets a line of its width, ten times a second, and none in the end", () => {
  const { bar, wait, text } = drawn(true, 40);
  bar.show(progress);
  expect(text()).toMatch(/^\r.{39}\r\[#+-+\] 50 % .*$/);
  wait(50);
  bar.show(progress);
  expect(text()).toBe("");
  wait(60);
  bar.show(progress);
  expect(text().length).toBeLessThanOrEqual(80);
  bar.clear();
  expect(text()).toBe(`\r${" ".repeat(39)}\r`);
  bar.clear();
  expect(text()).toBe("");
});

test("a pipe gets nothing", () => {
  const { bar, text } = drawn(false);
  bar.show(progress);
  bar.clear();
  expect(text()).toBe("");
});
