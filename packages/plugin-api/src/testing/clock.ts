/** Time that stands still until a test moves it on. */
export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Milliseconds since the clock was made. */
  readonly elapsedMs: number;
  /** When the next timer is due, from now, not counting these; undefined when there is none. */
  nextTimerMs(except: ReadonlySet<Timer>): number | undefined;
  /** @param repeatMs for a timer that comes again. */
  setTimer(callback: () => void, delayMs: number, repeatMs?: number): Timer;
  /**
   * Moves on, stopping at every timer on the way: what it sets off runs, and may set timers of its own, before time
   * goes on.
   */
  advance(ms: number): Promise<void>;
}

export interface Timer {
  dueMs: number;
  readonly callback: () => void;
  readonly repeatMs: number | undefined;
}

// Taken before anything is replaced.
const realSetImmediate = setImmediate;

/** Lets everything run that is ready to: promises, and what node:fs and friends have finished. */
export async function settle(): Promise<void> {
  // What a turn finishes may start something that is ready in the next one.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => realSetImmediate(resolve));
}

/**
 * @param onFault gets what a timer's callback throws.
 */
export function createClock(startMs: number, onFault: (error: unknown) => void): Clock & ClockTimers {
  const timers = new Set<Timer>();
  let nowMs = startMs;

  const next = (except?: ReadonlySet<Timer>): Timer | undefined => {
    let first: Timer | undefined;
    // Equal times fire in the order they were set.
    for (const timer of timers) {
      if (except?.has(timer)) continue;
      if (!first || timer.dueMs < first.dueMs) first = timer;
    }
    return first;
  };
  const fire = (timer: Timer) => {
    timers.delete(timer);
    if (timer.repeatMs !== undefined) {
      timer.dueMs = nowMs + timer.repeatMs;
      timers.add(timer);
    }
    try {
      timer.callback();
    } catch (error) {
      onFault(error);
    }
  };
  return {
    get nowMs() {
      return nowMs;
    },
    get elapsedMs() {
      return nowMs - startMs;
    },
    nextTimerMs(except) {
      const timer = next(except);
      return timer && timer.dueMs - nowMs;
    },
    setTimer(callback, delayMs, repeatMs) {
      const timer = { callback, dueMs: nowMs + delayMs, repeatMs };
      timers.add(timer);
      return timer;
    },
    clearTimer: (timer) => void timers.delete(timer),
    async advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`time cannot go on by ${ms} ms`);
      const endMs = nowMs + ms;
      await settle();
      for (let timer = next(); timer && timer.dueMs <= endMs; timer = next()) {
        nowMs = Math.max(nowMs, timer.dueMs);
        fire(timer);
        await settle();
      }
      nowMs = endMs;
    },
  };
}

export interface ClockTimers {
  clearTimer(timer: Timer): void;
}
