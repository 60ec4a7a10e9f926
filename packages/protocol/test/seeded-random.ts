import type { RandomSource } from "../src/session/index.ts";

/** Deterministic randomness for tests: numbers, choices and bytes that one seed repeats. */
export interface SeededRandom {
  /** At least 0, below 1. */
  next(): number;
  chance(probability: number): boolean;
  between(low: number, high: number): number;
  readonly bytes: RandomSource;
}

/** mulberry32: 32 bits of state are enough to make schedules. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  return {
    next,
    chance: (probability) => next() < probability,
    between: (low, high) => low + (high - low) * next(),
    bytes: (size) => Uint8Array.from({ length: size }, () => Math.floor(next() * 256)),
  };
}
