import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";

const resolutionMs = 10;
const sampleMs = 200;

/** How long the hub's one thread kept others waiting, and the share of the time that it worked. */
export interface LoopReport {
  /** 0 to 1. */
  readonly utilization: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Watches the event loop until it is disposed; a timer of 10 ms is what it costs. */
export interface LoopWatch extends Disposable {
  /** Since the last reading. */
  read(): LoopReport;
}

export function watchLoop(): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  let before = performance.eventLoopUtilization();
  return {
    read() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      // The histogram holds the times between two looks, of which the resolution was asked for.
      const late = (ns: number) => (delays.count === 0 ? 0 : Math.max(0, ns / 1e6 - resolutionMs));
      const report = {
        utilization,
        p50Ms: late(delays.percentile(50)),
        p99Ms: late(delays.percentile(99)),
        maxMs: late(delays.max),
      };
      delays.reset();
      return report;
    },
    [Symbol.dispose]: () => void delays.disable(),
  };
}

/** What the loop does in the next 200 ms: nobody had to watch it before. */
export async function sampleLoop(): Promise<LoopReport> {
  using watch = watchLoop();
  await wait(sampleMs);
  return watch.read();
}
