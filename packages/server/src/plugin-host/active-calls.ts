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
  return {
    get size() {
      return calls.size;
    },
    and: (callers) => ({
      get size() {
        return callers.size;
      },
      add(call) {
        calls.add(call);
        callers.add(call);
      },
      delete(call) {
        callers.delete(call);
        calls.delete(call);
        if (calls.size === 0) for (const wake of idle) wake();
      },
    }),
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
