import { expect, test } from "vitest";
import { ReceiveStream } from "../../src/session/receive-stream.ts";

const near = { minMs: 0.2, smoothedMs: 1 };
const far = { minMs: 40, smoothedMs: 41 };

/** A reader that uses everything at once; `at` and the stream's credit move with it. */
function reader(stream: ReceiveStream) {
  let at = 0;
  return (bytes: number, { from = at } = {}) => {
    stream.insert(from, new Uint8Array(bytes), false);
    for (let piece = stream.read(); piece; piece = stream.read()) {
      at += piece.length;
      stream.consume(piece.length);
    }
    return at;
  };
}

test.each([
  ["near", near],
  ["far", far],
])("the window of a %s path doubles while its reader is quick, up to its bound", (_where, rtt) => {
  const stream = new ReceiveStream(100, 350);
  const take = reader(stream);
  expect(stream.giveCredit(rtt, 1000)).toBe(100);
  expect(stream.giveCredit(rtt, take(50) && 1001)).toBe(50 + 200);
  expect(stream.giveCredit(rtt, take(100) && 1002)).toBe(150 + 350);
  expect(stream.giveCredit(rtt, take(100) && 1003)).toBe(250 + 350);
});

test("a slow reader's window stays as it is", () => {
  const stream = new ReceiveStream(100, 350);
  const take = reader(stream);
  stream.giveCredit(near, 1000);
  expect(stream.giveCredit(near, take(50) && 1002)).toBe(50 + 100);
});

test("one gap on a near path, and its first window holds; credit that was given stays", () => {
  const stream = new ReceiveStream(100, 350);
  const take = reader(stream);
  stream.giveCredit(near, 1000);
  expect(stream.giveCredit(near, take(50) && 1001)).toBe(250);
  take(10, { from: 60 });
  take(10, { from: 50 });
  expect(stream.giveCredit(near, 1002)).toBe(250);
  expect(stream.giveCredit(near, take(150) && 1003)).toBe(220 + 100);
  expect(stream.giveCredit(near, take(50) && 1004)).toBe(270 + 100);
});

test("a gap on a far path, where packets get lost, holds nothing up", () => {
  const stream = new ReceiveStream(100, 350);
  const take = reader(stream);
  stream.giveCredit(far, 1000);
  take(10, { from: 60 });
  take(60, { from: 0 });
  expect(stream.giveCredit(far, 1010)).toBe(70 + 200);
});
