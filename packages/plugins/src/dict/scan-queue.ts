import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "@palaver/plugin-api";

/** Runs work of some milliseconds, one after the other and with rests between: the hub has others to answer. */
export interface ScanQueue {
  /** @throws {Refusal} BUSY when too many wait. */
  run<T>(work: () => T): Promise<T>;
  /** As `run`, but at once when little was searched lately: a word that is asked for now and then need not wait. */
  soon<T>(work: () => T): T | Promise<T>;
  /** True when `run` and `soon` would refuse. */
  isFull(): boolean;
}

const maxWaiting = 64;
/** A rest is this many times as long as the work before it: scans take a quarter of the time at most. */
const restFactor = 3;
/** So much rest may be owed before work has to wait, which is a third of it in work. */
const maxOwedMs = 60;

export function createScanQueue(): ScanQueue {
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let restsUntil = 0;

  const perform = <T>(work: () => T): T => {
    // Time of the processor: on a busy machine others have had their turn during the work.
    const before = process.threadCpuUsage();
    try {
      return work();
    } finally {
      const { user, system } = process.threadCpuUsage(before);
      restsUntil = Math.max(restsUntil, performance.now()) + ((user + system) / 1000) * restFactor;
    }
  };
  const run = async <T>(work: () => T): Promise<T> => {
    if (waiting >= maxWaiting) throw new Refusal("Too many searches are waiting; try again soon.", "BUSY");
    waiting++;
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const before = turn;
    turn = done;
    await before;
    try {
      const restMs = restsUntil - performance.now();
      if (restMs >= 1) await sleep(restMs, undefined, { ref: false });
      return perform(work);
    } finally {
      waiting--;
      resolve();
    }
  };
  return {
    run,
    soon: (work) => (waiting === 0 && restsUntil - performance.now() < maxOwedMs ? perform(work) : run(work)),
    isFull: () => waiting >= maxWaiting,
  };
}
