import { expect, test } from "vitest";
import { createRestarts } from "../../../src/plugin-host/worker/restarts.ts";

test("the first start within a minute is at once, each further one later after the one before", () => {
  const leftMs = createRestarts();
  expect([0, 1, 999, 1000, 1001, 3000, 7000, 7001, 15_000].map(leftMs)).toEqual([
    0, 999, 1, 0, 1999, 0, 0, 7999, 0,
  ]);
  expect(leftMs(22_999)).toBe(1);
  expect(leftMs(75_000)).toBe(0);
  expect(leftMs(75_001)).toBe(999);
});
