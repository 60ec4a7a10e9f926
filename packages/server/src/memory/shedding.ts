/** Who is put out when memory is short, in this order; users with a name of their own who are there never are. */
export const standings = ["guest", "unconfirmed", "idle"] as const;

/**
 * `guest`: online under a name that nobody owns. `unconfirmed`: connected, and neither online nor known by a key.
 * `idle`: a user that is known and has been silent for longer than a client that lives ever is.
 */
export type Standing = (typeof standings)[number];

/** Somebody who can be put out. */
export interface Sheddable {
  readonly standing: Standing;
  readonly heardAtMs: number;
  /** @param text is said to it first. */
  shed(text: string): void;
}

/** What the guard knows between two looks. */
export interface Pressure {
  /** Nobody new is let in. */
  readonly isShort: boolean;
  /** How full the memory was when somebody was put out last; the least since then. */
  readonly shedAt: number | undefined;
  readonly shedAtMs: number;
  /** While it is short, the least since it last grew, and since when. When it is not, what stayed although nothing grew. */
  readonly steadyAt: number | undefined;
  readonly steadySinceMs: number;
}

export const noPressure: Pressure = {
  isShort: false,
  shedAt: undefined,
  shedAtMs: -Infinity,
  steadyAt: undefined,
  steadySinceMs: -Infinity,
};

// Parts of the limit: nobody new from the first on, until it is below the second.
const shortAt = 0.9;
const enoughAt = 0.8;
// What was freed is noticed later: buffers are on their way, and V8 collects when it likes.
const settleMs = 3000;
const growth = 0.01;
// Of those who come first in the order, at once.
const share = 0.25;
const maxAtOnce = 1000;

/** When those who are sent away may come back; memory that grew in all that time by nothing serves newcomers too. */
export const comeBackMs = 60_000;

/**
 * What follows from one look at the memory.
 *
 * Putting people out frees objects in V8's heap and buffers beside it. Of both the system gets little back: V8 keeps pages
 * for what comes next, and so does malloc. A resident size that stays high is therefore no reason to put out more; one
 * that goes on growing is. So after a first time there is a next one only when the memory has grown beyond what it was,
 * and only `settleMs` later. Nor is it a reason to keep newcomers out for ever: below the limit they are let in again after
 * `comeBackMs` without growth, until it grows.
 * @param fill what is used, as a part of what may be: 1 is the limit.
 */
export function look(before: Pressure, fill: number, nowMs: number): { next: Pressure; mustShed: boolean } {
  if (fill < enoughAt) return { next: noPressure, mustShed: false };
  const steady = lookAtGrowth(before, fill, nowMs);
  const lowest = before.shedAt === undefined ? undefined : Math.min(before.shedAt, fill);
  const unchanged = { ...steady, shedAt: lowest, shedAtMs: before.shedAtMs };
  const hasSettled = nowMs - before.shedAtMs >= settleMs;
  const mustShed = fill >= 1 && hasSettled && (lowest === undefined || fill > lowest + growth);
  return { next: mustShed ? { ...unchanged, shedAt: fill, shedAtMs: nowMs } : unchanged, mustShed };
}

function lookAtGrowth(
  { isShort, steadyAt, steadySinceMs }: Pressure,
  fill: number,
  nowMs: number,
): Pick<Pressure, "isShort" | "steadyAt" | "steadySinceMs"> {
  const lowest = Math.min(steadyAt ?? fill, fill);
  const hasGrown = fill > lowest + growth;
  const begins = { isShort: true, steadyAt: fill, steadySinceMs: nowMs };
  if (isShort) {
    if (hasGrown) return begins;
    const isSteady = fill < 1 && nowMs - steadySinceMs >= comeBackMs;
    return { isShort: !isSteady, steadyAt: lowest, steadySinceMs };
  }
  if (fill >= 1 || (fill >= shortAt && (hasGrown || steadyAt === undefined))) return begins;
  return { isShort: false, steadyAt: steadyAt === undefined ? undefined : lowest, steadySinceMs };
}

/** Those who go now: a quarter of the first in the order that are there, the longest silent first; nobody is left: none. */
export function pick(peers: Iterable<Sheddable>): readonly Sheddable[] {
  const all = [...peers];
  const first = standings.find((standing) => all.some((peer) => peer.standing === standing));
  const candidates = all.filter(({ standing }) => standing === first);
  const count = Math.min(Math.ceil(candidates.length * share), maxAtOnce);
  return candidates.toSorted((one, other) => one.heardAtMs - other.heardAtMs).slice(0, count);
}
