import { expect, test } from "vitest";
import { createAnswerCache, type AnswerCache } from "../../src/dict/answer-cache.ts";

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

test("of keys that share a chain eight are kept: the ninth takes another's place, and other chains lose nothing", () => {
  const bound = 64;
  const cache = createAnswerCache<string>(bound);
  const { crowd, others } = keysByChain(bound, 40, bound / 2);
  for (const key of others) cache.set(key, key);
  for (const [index, key] of crowd.entries()) {
    cache.set(key, key);
    expect(cache.get(key)).toBe(key);
    expect(keptOf(cache, crowd)).toHaveLength(Math.min(index + 1, 8));
  }
  // What comes later has one place among them.
  expect(keptOf(cache, crowd)).toEqual([...crowd.slice(1, 8), crowd.at(-1)]);
  expect(keptOf(cache, others)).toEqual(others);
});

test("a new answer costs one other at most, wherever in a chain that is; the rest stay right", () => {
  const bound = 16;
  const cache = createAnswerCache<string>(bound);
  const { crowd, others } = keysByChain(bound, 24, 40);
  const keys = [...crowd, ...others];
  const answers = new Map<string, string>();
  let kept: string[] = [];
  let random = seed;
  for (let step = 0; step < 1500; step++) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    const key = keys[(random >>> 8) % keys.length]!;
    if (step % 500 === 250) {
      cache.clear();
      expect(keptOf(cache, keys)).toEqual([]);
      kept = [];
    }
    answers.set(key, `${key} as of ${step}`);
    cache.set(key, answers.get(key)!);
    const now = keptOf(cache, keys);
    const lost = kept.filter((other) => !now.includes(other));
    expect(now, `seed ${seed}, step ${step}`).toContain(key);
    expect(lost.length, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(kept.includes(key) ? 0 : 1);
    expect(now.length).toBeLessThanOrEqual(bound);
    expect(now.filter((other) => crowd.includes(other)).length).toBeLessThanOrEqual(8);
    for (const other of now) expect(cache.get(other)).toBe(answers.get(other));
    kept = now;
  }
  expect(kept).toHaveLength(bound);
});

const seed = 2026;

function keptOf(cache: AnswerCache<string>, keys: readonly string[]): string[] {
  return keys.filter((key) => cache.get(key) !== undefined);
}

/** Keys that all share one chain of a cache, and others that are in other chains. */
function keysByChain(
  bound: number,
  crowded: number,
  other: number,
): { readonly crowd: readonly string[]; readonly others: readonly string[] } {
  const chains = 2 * bound;
  const crowd: string[] = [];
  const others: string[] = [];
  for (let number = 0; crowd.length < crowded; number++) {
    const key = `${seed} ${number}`;
    if (hashOf(key) % chains === 5) crowd.push(key);
    else if (others.length < other) others.push(key);
  }
  return { crowd, others };
}

/** As the cache has it: FNV-1a, its upper bits folded in. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const unit of key) hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
