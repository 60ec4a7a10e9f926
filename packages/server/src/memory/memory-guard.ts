import type { Logger } from "pino";
import { comeBackMs, look, noPressure, pick, type Sheddable, type Standing } from "./shedding.ts";

// The hub does nothing else while it collects.
const collectEveryMs = 60_000;
/** What people read who are not let in, or put out. */
export const shortOfMemory = `The hub is short of memory; come back in ${comeBackMs / 1000} s.`;

export interface GuardReport {
  /** Bytes; undefined without a limit. */
  readonly limit: number | undefined;
  /** Nobody new is let in. */
  readonly isShort: boolean;
  /** Who was not let in, and who was put out, since the start. */
  readonly refused: number;
  readonly shed: Readonly<Record<Standing, number>>;
}

export interface MemoryGuardOptions {
  readonly log: Logger;
  /** Undefined where there is no limit. */
  limitBytes(): number | undefined;
  /** How full the memory is, 1 being the limit. */
  readFill(limitBytes: number): number;
  collectGarbage(): void;
  /** Everybody who could be put out. */
  peers(): Iterable<Sheddable>;
  now(): number;
}

/** Sends people away before the system ends the hub, which would send away everybody. */
export interface MemoryGuard {
  /** Looks at the memory, and does what follows: for every second, in which a flood fills some hundred MiB at the most. */
  check(): void;
  /** Whether somebody new has to be refused now; counts it. */
  refuses(): boolean;
  report(): GuardReport;
}

export function createMemoryGuard(options: MemoryGuardOptions): MemoryGuard {
  const { log, now } = options;
  let pressure = noPressure;
  let collectedAtMs = -Infinity;
  let refused = 0;
  const shed = { guest: 0, unconfirmed: 0, idle: 0 };

  const read = (limitBytes: number): number => {
    const fill = options.readFill(limitBytes);
    const isGarbage = fill >= 1 || pressure.isShort;
    if (!isGarbage || now() - collectedAtMs < collectEveryMs) return fill;
    options.collectGarbage();
    collectedAtMs = now();
    return options.readFill(limitBytes);
  };
  const putOut = (fill: number) => {
    const chosen = pick(options.peers());
    const [first] = chosen;
    const percent = Math.round(fill * 100);
    if (!first) return log.error({ percent }, "the memory is full, and there is nobody left to put out");
    shed[first.standing] += chosen.length;
    log.error(
      { percent, standing: first.standing, count: chosen.length },
      "the memory is full: some are put out",
    );
    for (const peer of chosen) peer.shed(shortOfMemory);
  };
  const check = () => {
    const limitBytes = options.limitBytes();
    if (limitBytes === undefined) {
      pressure = noPressure;
      return;
    }
    const fill = read(limitBytes);
    const { next, mustShed } = look(pressure, fill, now());
    if (next.isShort !== pressure.isShort) {
      const percent = Math.round(fill * 100);
      if (next.isShort) log.warn({ percent, limitBytes }, "memory is short: nobody new is let in");
      else log.info({ percent, refused }, "memory is no longer short");
    }
    pressure = next;
    if (mustShed) putOut(fill);
  };
  return {
    check,
    refuses() {
      if (pressure.isShort) refused++;
      return pressure.isShort;
    },
    report: () => ({ limit: options.limitBytes(), isShort: pressure.isShort, refused, shed: { ...shed } }),
  };
}
