import { expect, it } from "vitest";
import { findNearest } from "../../src/config/nearest.ts";

it.each([
  ["trst", "trust"],
  ["turst", "trust"],
  ["Trust", "trust"],
  ["encodign", "encoding"],
  ["repliespersecond", "replies_per_second"],
])("%s was meant to be %s", (typed, meant) => {
  expect(findNearest(typed, ["encoding", "trust", "burst", "replies_per_second"])).toBe(meant);
});

it.each(["zzz", "", "x".repeat(1_000_000)])("nothing is near %.10s", (typed) => {
  expect(findNearest(typed, ["trust", "burst"])).toBeUndefined();
});
