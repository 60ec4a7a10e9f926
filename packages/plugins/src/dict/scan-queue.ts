import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "@palaver/plugin-api";

/** Runs work of some milliseconds, one after the other and with rests between: the hub has others to answer. */
export interface ScanQueue {
  /** @throws {Refusal} BUSY when too many wait. */
  run<T>(work: () => T): Promise<T>;
}

const maxWaiting = 64;
/** A rest is this many times as long as the work before it: scans take a quarter of the time at most. */
const restFactor = 3;

export function createScanQueue(): ScanQueue {
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async run(work) {
      if (waiting >= maxWaiting) throw new Refusal("Too many searches are waiting; try again soon.", "BUSY");
      waiting++;
      const { promise: rested, resolve } = Promise.withResolvers<void>();
      const before = turn;
      turn = rested;
      await before;
      const start = performance.now();
      try {
        return work();
      } finally {
        waiting--;
        const restMs = (performance.now() - start) * restFactor;
        if (restMs < 1) resolve();
        else void sleep(restMs, undefined, { ref: false }).then(resolve);
      }
    },
  };
}
