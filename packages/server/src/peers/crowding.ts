import type { Sheddable } from "../memory/shedding.ts";

/** How long after it was heard a connection stays, whoever else wants its place. In ms. */
export const patience = {
  /** It said nothing; a client of ours says who it is at once. */
  silent: 1000,
  /** It sent frames and has no session: as long as the hub keeps one that is unconfirmed. */
  greeting: 5000,
  /** A person who typed something may go on. Who has a session is heard every 20 s. */
  quiet: 60_000,
} as const;
// All are looked at for one; who knocks a thousand times a second makes no more places than this.
const everyMs = 50;

/** What those read whose connection ends for another's. */
export const crowded =
  "All connections are taken, and others wait; come back when you have something to say.";

/** A connection that could end when others wait for one. */
export interface Occupant extends Sheddable {
  /** One of `patience`, from `heardAtMs` on. */
  readonly patienceMs: number;
}

export function hasHadItsTime({ heardAtMs, patienceMs }: Occupant, nowMs: number): boolean {
  return nowMs - heardAtMs >= patienceMs;
}

/**
 * Ends one connection when all are taken, so that who opens many and leaves them idle keeps nobody out for long: the one
 * that was silent longest, of those that have had their time. Text peers who are online are none of the occupants.
 */
export function createCrowding(occupants: () => Iterable<Occupant>, now: () => number): () => void {
  let madeAtMs = -Infinity;
  return () => {
    if (now() - madeAtMs < everyMs) return;
    madeAtMs = now();
    let longest: Occupant | undefined;
    for (const occupant of occupants()) {
      if (!hasHadItsTime(occupant, now())) continue;
      if (!longest || occupant.heardAtMs < longest.heardAtMs) longest = occupant;
    }
    longest?.shed(crowded);
  };
}
