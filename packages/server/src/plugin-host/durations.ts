import { createHistogram } from "node:perf_hooks";

// Microseconds up to two hours, two significant digits: some 20 KiB however many calls there are.
const highestUs = 7_200_000_000;

/** How long calls took; quantiles are right to two digits. */
export interface Durations {
  readonly count: number;
  record(ms: number): void;
  /** Milliseconds; undefined before the first. @param percentile above 0, up to 100. */
  at(percentile: number): number | undefined;
}

export function createDurations(): Durations {
  const histogram = createHistogram({ lowest: 1, highest: highestUs, figures: 2 });
  return {
    get count() {
      return histogram.count;
    },
    record: (ms) => histogram.record(Math.min(highestUs, Math.max(1, Math.round(ms * 1000)))),
    at: (percentile) => (histogram.count === 0 ? undefined : histogram.percentile(percentile) / 1000),
  };
}
