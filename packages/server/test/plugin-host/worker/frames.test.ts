import { expect, test } from "vitest";
import { createFrameReader, encodeFrame } from "../../../src/plugin-host/worker/frames.ts";

test("frames come out as they went in, however they are cut", () => {
  const values = [{ a: 1 }, "x".repeat(5000), [], { b: new Uint8Array([1, 2]) }];
  const bytes = Buffer.concat(values.map(encodeFrame));
  for (const size of [1, 3, 7, 4096, bytes.length]) {
    const read: unknown[] = [];
    const reader = createFrameReader(10_000, (value) => read.push(value));
    for (let at = 0; at < bytes.length; at += size) reader(Buffer.from(bytes.subarray(at, at + size)));
    expect(read).toEqual(values);
  }
});

test("one that says that it is longer than it may be is refused before it is there", () => {
  const reader = createFrameReader(100, () => {});
  expect(() => reader(encodeFrame("x".repeat(200)).subarray(0, 5))).toThrow("a frame of 2");
});
