import { expect, test } from "vitest";
import { createAfterCrowd } from "../../src/memory/after-crowd.ts";

const mebibyte = 1 << 20;

/** Looks at each number of handshakes, and says at which look thrift began and ended. */
function observe(usedBytes: number, handshakes: readonly number[]) {
  const changes: [number, string][] = [];
  let at = 0;
  const look = createAfterCrowd({
    setThrifty: (isThrifty) => changes.push([at, isThrifty ? "thrifty" : "as ever"]),
    usedBytes: () => usedBytes,
  });
  for (at = 0; at < handshakes.length; at++) look(handshakes[at]!);
  return changes;
}

test("thrift begins once the crowd is in, and ends soon", () => {
  const handshakes = [0, 4000, 9990, 10_000, 10_000, 10_010, 10_010, 10_010, 10_010];
  expect(observe(80 * mebibyte, handshakes)).toEqual([
    [3, "thrifty"],
    [7, "as ever"],
  ]);
});

test("those who come now and then add up", () => {
  const handshakes = Array.from({ length: 20 }, (_, index) => 20 * (index + 1));
  expect(observe(20 * mebibyte, handshakes)).toEqual([
    [12, "thrifty"],
    [16, "as ever"],
  ]);
});

test("a few are not worth it, nor are many to a large heap", () => {
  expect(observe(20 * mebibyte, [100, 100])).toEqual([]);
  expect(observe(1000 * mebibyte, [10_000, 10_000])).toEqual([]);
});
