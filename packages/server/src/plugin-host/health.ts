import type { Logger } from "pino";
import type { Culprit } from "./blame.ts";
import { createDurations } from "./durations.ts";
import { errorOf, readFault, type Fault } from "./fault.ts";

/** Faults within the window that switch a plugin off. */
export const maxFaults = 5;
const windowMs = 60_000;

/** How a plugin is doing. A reload begins a new one. */
export interface Health extends Culprit {
  /** Why the plugin was switched off; undefined while it is on. */
  readonly offReason: string | undefined;
  called(durationMs: number): void;
  report(): HealthReport;
}

/** For `/plugins` and `palaverd status`; times in milliseconds, of calls that have ended. */
export interface HealthReport {
  readonly state: "on" | "off";
  readonly reason: string | undefined;
  readonly calls: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly faults: number;
  /** ISO 8601. */
  readonly lastFaultAt: string | undefined;
  readonly lastFault: string | undefined;
}

export interface HealthOptions {
  readonly plugin: string;
  readonly log: Logger;
  /** Milliseconds of a clock that does not jump. */
  now(): number;
  /** Called once, with the fault that was one too many. */
  onOff(): void;
}

/** Counts a plugin's calls and faults, and switches it off after 5 faults within a minute. */
export function createHealth({ plugin, log, now, onOff }: HealthOptions): Health {
  const durations = createDurations();
  // The times of the last few faults: what the breaker looks at.
  const recent: number[] = [];
  let faults = 0;
  let last: { readonly text: string; readonly at: Date } | undefined;
  let offReason: string | undefined;
  return {
    plugin,
    get offReason() {
      return offReason;
    },
    called: (durationMs) => durations.record(durationMs),
    fault(error, where) {
      const fault = readFault(error);
      faults++;
      last = { text: `${describe(fault)} (${where})`, at: new Date() };
      // Its timers may go on failing; it has been named, and the log is for others too.
      if (offReason !== undefined) return;
      log.error({ plugin, err: errorOf(fault) }, `a plugin failed ${where}`);
      recent.push(now());
      if (recent.length > maxFaults) recent.shift();
      if (recent.length < maxFaults || now() - recent[0]! > windowMs) return;
      offReason = `${maxFaults} faults within a minute, the last: ${last.text}`;
      log.error(
        { plugin, reason: offReason },
        `a plugin is switched off; palaverd reload ${plugin} switches it on`,
      );
      onOff();
    },
    report: () => ({
      state: offReason === undefined ? "on" : "off",
      reason: offReason,
      calls: durations.count,
      p50Ms: durations.at(50),
      p99Ms: durations.at(99),
      faults,
      lastFaultAt: last?.at.toISOString(),
      lastFault: last?.text,
    }),
  };
}

function describe({ name, message }: Fault): string {
  return message === "" ? name : `${name}: ${message}`;
}
