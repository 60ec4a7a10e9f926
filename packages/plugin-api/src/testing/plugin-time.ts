import { AsyncLocalStorage } from "node:async_hooks";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timersPromises from "node:timers/promises";
import { promisify } from "node:util";
import type { createClock, Timer } from "./clock.ts";

type Clock = ReturnType<typeof createClock>;

const clocks = new AsyncLocalStorage<Clock>();

/** Runs a plugin's code, and all that it starts, in the time of a clock; everybody else keeps the real time. */
export function inTimeOf<T>(clock: Clock, code: () => T): T {
  replaceTime();
  return clocks.run(clock, code);
}

// As Node: what is no number of 1 to 2^31 - 1 is 1.
const delayOf = (ms: unknown): number => {
  const delay = Math.trunc(Number(ms));
  return delay >= 1 && delay < 2 ** 31 ? delay : 1;
};

/** What setTimeout and setInterval give back. */
class FakeTimeout {
  readonly #clock: Clock;
  readonly #callback: () => void;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  #timer: Timer;

  constructor(clock: Clock, callback: () => void, delayMs: number, repeats: boolean) {
    this.#clock = clock;
    // It fires in the context that it was set in, as Node's do.
    this.#callback = AsyncLocalStorage.bind(callback);
    this.#delayMs = delayMs;
    this.#repeats = repeats;
    this.#timer = this.#set();
  }

  #set(): Timer {
    return this.#clock.setTimer(this.#callback, this.#delayMs, this.#repeats ? this.#delayMs : undefined);
  }

  refresh(): this {
    this.close();
    this.#timer = this.#set();
    return this;
  }

  close(): this {
    this.#clock.clearTimer(this.#timer);
    return this;
  }

  // A clock that stands still keeps no process alive.
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return false;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

type Callback = (...args: unknown[]) => void;
interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

let isReplaced = false;

/**
 * Puts a switch before every function that knows the time: code of a plugin under test reaches its test's clock, all
 * other code the real one. Done once a process, and never undone, since it changes nothing for others.
 */
function replaceTime(): void {
  if (isReplaced) return;
  isReplaced = true;
  replaceTimers();
  replacePromises();
  replaceDate();
  // So that `import { setTimeout } from "node:timers/promises"` sees them too.
  syncBuiltinESMExports();
}

function replaceTimers(): void {
  const setter = (real: typeof setTimeout | typeof setInterval, repeats: boolean) => {
    const replaced = (callback: Callback, ms?: number, ...args: unknown[]) => {
      const clock = clocks.getStore();
      if (!clock) return real(callback, ms, ...args);
      if (typeof callback !== "function") throw new TypeError("the callback of a timer must be a function");
      return new FakeTimeout(clock, () => callback(...args), delayOf(ms), repeats);
    };
    return replaced;
  };
  const clearer = (real: (timer: never) => void) => (timer: unknown) =>
    timer instanceof FakeTimeout ? void timer.close() : real(timer as never);
  const replacements = {
    setTimeout: Object.assign(setter(setTimeout, false), {
      [promisify.custom]: (ms?: number, value?: unknown, options?: WaitOptions) =>
        timersPromises.setTimeout(ms, value, options),
    }),
    setInterval: setter(setInterval, true),
    clearTimeout: clearer(clearTimeout),
    clearInterval: clearer(clearInterval),
  };
  Object.assign(globalThis, replacements);
  Object.assign(timers, replacements);
}

function replacePromises(): void {
  const real = { ...timersPromises };
  const { scheduler } = timersPromises;
  const realWait = scheduler.wait.bind(scheduler);
  Object.assign(timersPromises, {
    setTimeout: (ms?: number, value?: unknown, options?: WaitOptions) => {
      const clock = clocks.getStore();
      return clock ? wait(clock, ms, value, options) : real.setTimeout(ms, value, options);
    },
    setInterval: (ms?: number, value?: unknown, options?: WaitOptions) => {
      const clock = clocks.getStore();
      return clock ? repeat(clock, ms, value, options) : real.setInterval(ms, value, options);
    },
  });
  scheduler.wait = (ms, options) => {
    const clock = clocks.getStore();
    return clock ? wait(clock, ms, undefined, options) : realWait(ms, options);
  };
  const realTimeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms) => {
    const clock = clocks.getStore();
    if (!clock) return realTimeout(ms);
    const controller = new AbortController();
    const expired = () => controller.abort(new DOMException("the time is over", "TimeoutError"));
    clock.setTimer(AsyncLocalStorage.bind(expired), delayOf(ms));
    return controller.signal;
  };
}

function wait<T>(clock: Clock, ms: unknown, value: T, { signal }: WaitOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal));
    const timer = clock.setTimer(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    }, delayOf(ms));
    const onAbort = () => {
      clock.clearTimer(timer);
      reject(aborted(signal));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

async function* repeat<T>(clock: Clock, ms: unknown, value: T, options?: WaitOptions): AsyncGenerator<T> {
  for (;;) yield await wait(clock, ms, value, options);
}

/** As node:timers/promises rejects. */
function aborted(signal: AbortSignal | undefined): Error {
  const error = new Error("The operation was aborted", { cause: signal?.reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}

function replaceDate(): void {
  const RealDate = Date;
  const now = () => clocks.getStore()?.nowMs ?? RealDate.now();
  globalThis.Date = new Proxy(RealDate, {
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
    apply: () => new RealDate(now()).toString(),
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
  });
  const realPerformanceNow = performance.now.bind(performance);
  performance.now = () => clocks.getStore()?.elapsedMs ?? realPerformanceNow();
}
