import type { Sheddable } from "../memory/shedding.ts";

// A client of ours says who it is at once; a person who typed something may go on.
const silentMs = 1000;
const quietMs = 60_000;
// All are looked at for one; who knocks a thousand times a second makes no more places than this.
const everyMs = 50;

/** What those read whose connection ends for another's. */
export const crowded =
  "All connections are taken, and others wait; come back when you have something to say.";

/** A connection that could end when others wait for one. */
export interface Occupant extends Sheddable {
  /** It has said something. */
  readonly hasSpoken: boolean;
}

/**
 * Ends one connection when all are taken, so that who opens many and leaves them idle keeps nobody out for long: the one
 * that was silent longest, of those that said nothing within a second, and of text peers who are not online and said
 * nothing for a minute. Nobody else is ended.
 */
export function createCrowding(occupants: () => Iterable<Occupant>, now: () => number): () => void {
  let madeAtMs = -Infinity;
  return () => {
    if (now() - madeAtMs < everyMs) return;
    madeAtMs = now();
    let longest: Occupant | undefined;
    for (const occupant of occupants()) {
      const patienceMs = occupant.hasSpoken ? quietMs : silentMs;
      if (now() - occupant.heardAtMs < patienceMs) continue;
      if (!longest || occupant.heardAtMs < longest.heardAtMs) longest = occupant;
    }
    longest?.shed(crowded);
  };
}
