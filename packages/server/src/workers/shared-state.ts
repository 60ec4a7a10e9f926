import { Refusal } from "@palaver/plugin-api";

const maxWaitMs = 2000;
// Nobody is woken by a worker that ended while it had the lock, so who waits looks again.
const lookAgainMs = 100;

/** One lock, and a count of what waits for each worker from each other one, in memory that all of them have. */
export interface SharedState {
  /** @throws {Refusal} BUSY after two seconds. */
  locked<T>(run: () => T): T;
  /** One more, or one less, of a kind waits. @returns how many do now. */
  count(kind: "facts" | "parcels", from: number, to: number, change: 1 | -1): number;
  waiting(kind: "facts" | "parcels", from: number, to: number): number;
}

const kinds = { facts: 0, parcels: 1 } as const;

export function allocateState(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * (1 + 2 * workers * workers));
}

export function shareState(memory: SharedArrayBuffer, workers: number): SharedState {
  const words = new Int32Array(memory);
  const placeOf = (kind: keyof typeof kinds, from: number, to: number) =>
    1 + (kinds[kind] * workers + from) * workers + to;
  return {
    locked(run) {
      const deadline = performance.now() + maxWaitMs;
      while (Atomics.compareExchange(words, 0, 0, 1) !== 0) {
        if (performance.now() > deadline) throw new Refusal("The hub is busy; try again.", "BUSY");
        Atomics.wait(words, 0, 1, lookAgainMs);
      }
      try {
        return run();
      } finally {
        Atomics.store(words, 0, 0);
        Atomics.notify(words, 0, 1);
      }
    },
    count: (kind, from, to, change) => Atomics.add(words, placeOf(kind, from, to), change) + change,
    waiting: (kind, from, to) => Atomics.load(words, placeOf(kind, from, to)),
  };
}
