const FIRST_MS = 250;
const LAST_MS = 5000;
/** A session that held this long was a good one: the next loss starts over. */
const STABLE_MS = 10_000;

/** How long to wait before the next attempt. */
export interface Backoff {
  /** Doubles from 250 ms to 5 s, each up to a quarter shorter, so that a hub's clients do not come back in step. */
  nextMs(): number;
  /** A session that lived for `livedMs` ended. */
  onEnded(livedMs: number): void;
}

/** @param random at least 0, below 1. */
export function createBackoff(random: () => number): Backoff {
  let attempts = 0;
  return {
    nextMs: () => Math.min(LAST_MS, FIRST_MS * 2 ** attempts++) * (1 - random() / 4),
    onEnded(livedMs) {
      if (livedMs >= STABLE_MS) attempts = 0;
    },
  };
}
