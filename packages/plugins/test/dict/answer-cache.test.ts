import { expect, test } from "vitest";
import { createAnswerCache } from "../../src/dict/answer-cache.ts";

test("it keeps no more than its bound, and what is used longer than what is not", () => {
  const cache = createAnswerCache<number>(100);
  const words = Array.from({ length: 1000 }, (_, i) => `word${i}`);
  for (const [i, word] of words.entries()) {
    cache.set(word, i);
    expect(cache.get("word7")).toBe(i < 7 ? undefined : 7);
  }
  const kept = words.filter((word) => cache.get(word) !== undefined);
  expect(kept.length).toBeLessThanOrEqual(100);
  expect(kept).toContain("word999");
});

test("an answer is only ever given to its own key, and the later one counts", () => {
  // So many keys have some chains in common.
  const cache = createAnswerCache<string>(200_000);
  const words = Array.from({ length: 150_000 }, (_, i) => `${i.toString(36)} word`);
  for (const word of words) cache.set(word, word);
  const found = words.map((word) => cache.get(word));
  expect(found.every((answer, i) => answer === undefined || answer === words[i])).toBe(true);
  expect(found.filter((answer) => answer === undefined).length).toBeLessThan(100);
  cache.set("apple", "old");
  cache.set("apple", "new");
  expect(cache.get("apple")).toBe("new");
});

test("it forgets everything at once, and goes on", () => {
  const cache = createAnswerCache<number>(2);
  for (const [i, word] of ["a", "b", "c"].entries()) cache.set(word, i);
  cache.clear();
  expect(["a", "b", "c"].map((word) => cache.get(word))).toEqual([undefined, undefined, undefined]);
  for (const [i, word] of ["d", "e", "f"].entries()) cache.set(word, i);
  expect(cache.get("f")).toBe(2);
});
