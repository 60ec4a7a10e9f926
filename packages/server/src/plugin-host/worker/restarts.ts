// As long as the breaker looks back.
const windowMs = 60_000;
const firstPauseMs = 1000;
const maxPauseMs = 8000;

/**
 * When a worker may be started again: at once for the first time within a minute, then 1, 2, 4 and 8 seconds after the
 * start before. A start halts the hub, for 4 to 10 ms where it is a fork, and takes a processor for 60 ms.
 * @returns a function that says how many milliseconds are left; 0 is leave to start, and counts as a start.
 */
export function createRestarts(): (nowMs: number) => number {
  let starts: readonly number[] = [];
  return (nowMs) => {
    starts = starts.filter((atMs) => nowMs - atMs < windowMs);
    const last = starts.at(-1);
    const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** (starts.length - 1));
    const leftMs = last === undefined ? 0 : Math.max(0, last + pauseMs - nowMs);
    if (leftMs === 0) starts = [...starts, nowMs];
    return leftMs;
  };
}
