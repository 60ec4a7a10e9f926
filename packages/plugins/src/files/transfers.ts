import { Refusal } from "@palaver/plugin-api";
import type { FileLimits } from "./settings.ts";

// A session that was lost leaves its transfer behind, and nobody else can tell.
const stalledMs = 5000;
// What is there of a file is given up only for somebody who has been away for long.
const leftMs = 60_000;

/**
 * What a transfer moves at least. Who sends a byte now and then would hold a place and the room of a whole file for hours;
 * a line on which a file arrives at all is faster than these 437 bytes a second.
 */
export const minimumPace = { bytes: 256 << 10, withinMs: 600_000 } as const;
// When others need the place, the pace is looked at this early.
const scarceMs = 60_000;

const tooSlow = "Too little has moved: at least 256 KiB in ten minutes are wanted; ask again to go on.";

/** One file on its way, until it is disposed. */
export interface Transfer extends Disposable {
  /** Aborts when it is slower than the minimum, or another transfer needs the place. */
  readonly signal: AbortSignal;
  /** So many bytes have been sent, received, or read again. */
  moved(bytes: number): void;
}

/** The transfers under way, of one worker. */
export interface Transfers {
  /**
   * A place for one more.
   * @param writes the number of the file that it writes, if it does.
   * @throws {Refusal} BUSY
   */
  begin(user: string, writes?: number): Transfer;
  /** The files that are written, but for those of which nothing has moved for a minute, or hardly anything. */
  moving(): readonly number[];
  /** Ends those that move less than the minimum. */
  endSlow(): void;
  /** Resolves when all have ended. */
  idle(): Promise<void>;
}

interface UnderWay {
  readonly user: string;
  readonly writes: number | undefined;
  readonly controller: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  movedAtMs: number;
  /** Of the pace: so many bytes since then, fewer than the minimum. */
  bytes: number;
  sinceMs: number;
}

/** @param now milliseconds of a clock that does not jump. */
export function createTransfers(
  { maxUserTransfers: maxPerUser, maxTransfers }: Pick<FileLimits, "maxUserTransfers" | "maxTransfers">,
  now: () => number,
): Transfers {
  const all = new Set<UnderWay>();
  const finish = (one: UnderWay) => {
    all.delete(one);
    one.ended.resolve();
  };
  const end = (one: UnderWay, reason: string) => {
    one.controller.abort(new Refusal(reason, "TIMEOUT"));
  };

  // A client that is there after all asks again by itself. The transfer may stand in the middle of an answer that nobody
  // reads; its place is free all the same.
  const endStalled = (one: UnderWay) => {
    end(one, "Nothing has moved for long; ask again to go on.");
    finish(one);
  };

  const isSlow = ({ bytes, sinceMs }: UnderWay, overMs: number) => {
    const elapsedMs = now() - sinceMs;
    return elapsedMs >= overMs && bytes * minimumPace.withinMs < minimumPace.bytes * elapsedMs;
  };

  function move(one: UnderWay, bytes: number): void {
    one.movedAtMs = now();
    one.bytes += bytes;
    if (one.bytes < minimumPace.bytes) return;
    one.bytes = 0;
    one.sinceMs = one.movedAtMs;
  }

  function makeRoom(user: string): void {
    if ([...all].filter((one) => one.user === user).length < maxPerUser && all.size < maxTransfers) return;
    const isStalled = (one: UnderWay) => now() - one.movedAtMs > stalledMs || isSlow(one, scarceMs);
    for (const one of [...all].filter(isStalled)) endStalled(one);
    if ([...all].filter((one) => one.user === user).length >= maxPerUser)
      throw new Refusal(`You have ${maxPerUser} transfers under way; wait for one to end.`, "BUSY");
    if (all.size >= maxTransfers)
      throw new Refusal("The hub has too many transfers under way; try again later.", "BUSY");
  }

  return {
    begin(user, writes) {
      makeRoom(user);
      const controller = new AbortController();
      const one: UnderWay = {
        user,
        writes,
        controller,
        ended: Promise.withResolvers(),
        movedAtMs: now(),
        bytes: 0,
        sinceMs: now(),
      };
      all.add(one);
      return {
        signal: controller.signal,
        moved: (bytes) => move(one, bytes),
        [Symbol.dispose]: () => finish(one),
      };
    },
    moving() {
      const isMoving = (one: UnderWay) => now() - one.movedAtMs <= leftMs && !isSlow(one, scarceMs);
      return [...all].flatMap((one) => (one.writes !== undefined && isMoving(one) ? [one.writes] : []));
    },
    endSlow() {
      for (const one of all) if (isSlow(one, minimumPace.withinMs)) end(one, tooSlow);
    },
    idle: async () => void (await Promise.all([...all].map(({ ended }) => ended.promise))),
  };
}
