import { expect, test } from "vitest";
import { createAfterCrowd } from "../../src/memory/after-crowd.ts";

const mebibyte = 1 << 20;

/** Looks at each number of handshakes, and says which looks had garbage collected. */
function observe(usedBytes: number, handshakes: readonly number[]) {
  const collections: number[] = [];
  let at = 0;
  const look = createAfterCrowd({
    collectGarbage: () => collections.push(at),
    usedBytes: () => usedBytes,
  });
  for (at = 0; at < handshakes.length; at++) look(handshakes[at]!);
  return collections;
}

test("garbage is collected once, when the crowd is in", () => {
  expect(observe(80 * mebibyte, [0, 4000, 9990, 10_000, 10_000, 10_010, 10_010])).toEqual([3]);
});

test("for those who come now and then the hub never halts", () => {
  const handshakes = Array.from({ length: 1000 }, (_, index) => 20 * (index + 1));
  expect(observe(20 * mebibyte, handshakes)).toEqual([]);
});

test("a few are not worth it, nor are many to a large heap", () => {
  expect(observe(20 * mebibyte, [100, 100])).toEqual([]);
  expect(observe(1000 * mebibyte, [10_000, 10_000])).toEqual([]);
});
