import type { CallSet } from "../invoke.ts";

/** The calls of one plugin that are under way; one that is answered at once is never among them. */
export interface ActiveCalls {
  readonly size: number;
  /** A set that holds a call for its caller and for its plugin. */
  and(callers: CallSet): CallSet;
  /** Waits until none is left, for this long at most. */
  drained(maxMs: number): Promise<void>;
  abort(): void;
}

export function createActiveCalls(): ActiveCalls {
  const calls = new Set<AbortController>();
  const idle = new Set<() => void>();
  const wakeAll = () => {
    for (const wake of idle) wake();
  };
  return {
    get size() {
      return calls.size;
    },
    and: (callers) => new SharedCalls(callers, calls, wakeAll),
    async drained(maxMs) {
      if (calls.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      idle.add(resolve);
      const timer = setTimeout(resolve, maxMs);
      await promise;
      clearTimeout(timer);
      idle.delete(resolve);
    },
    abort() {
      for (const call of calls) call.abort();
    },
  };
}

/** A class, since one is made for each call: an object with a getter of its own costs several times as much. */
class SharedCalls implements CallSet {
  readonly #callers: CallSet;
  readonly #calls: Set<AbortController>;
  readonly #onIdle: () => void;

  constructor(callers: CallSet, calls: Set<AbortController>, onIdle: () => void) {
    this.#callers = callers;
    this.#calls = calls;
    this.#onIdle = onIdle;
  }

  get size(): number {
    return this.#callers.size;
  }

  add(call: AbortController): void {
    this.#calls.add(call);
    this.#callers.add(call);
  }

  delete(call: AbortController): void {
    this.#callers.delete(call);
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#onIdle();
  }
}
