import { Refusal } from "@palaver/plugin-api";
import type { FileLimits } from "./settings.ts";

// A session that was lost leaves its transfer behind, and nobody else can tell.
const stalledMs = 5000;
// What is there of a file is given up only for somebody who has been away for long.
const leftMs = 60_000;

/** One file on its way, until it is disposed. */
export interface Transfer extends Disposable {
  /** Aborts when another transfer needs the place. */
  readonly signal: AbortSignal;
  /** Something has moved. */
  touch(): void;
}

/** The transfers under way. */
export interface Transfers {
  /**
   * A place for one more. The transfer that writes the same file ends first: who asks again has lost it.
   * @param writes the number of the file that it writes, if it does.
   * @throws {Refusal} BUSY
   */
  begin(user: string, writes?: number): Promise<Transfer>;
  isWritten(file: number): boolean;
  /** Ends the transfer that writes a file, if nothing has moved for a minute; false while it does. */
  release(file: number): boolean;
  /** Resolves when all have ended. */
  idle(): Promise<void>;
}

interface UnderWay {
  readonly user: string;
  readonly writes: number | undefined;
  readonly controller: AbortController;
  readonly ended: PromiseWithResolvers<void>;
  movedAtMs: number;
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
  const end = (one: UnderWay, reason: string, code: "BUSY" | "TIMEOUT") => {
    one.controller.abort(new Refusal(reason, code));
  };

  // A client that is there after all asks again by itself. The transfer may stand in the middle of an answer that nobody
  // reads; its place is free all the same.
  const endStalled = (one: UnderWay) => {
    end(one, "Nothing has moved for long; ask again to go on.", "TIMEOUT");
    finish(one);
  };

  function makeRoom(user: string): void {
    if ([...all].filter((one) => one.user === user).length < maxPerUser && all.size < maxTransfers) return;
    for (const one of [...all].filter(({ movedAtMs }) => now() - movedAtMs > stalledMs)) endStalled(one);
    if ([...all].filter((one) => one.user === user).length >= maxPerUser)
      throw new Refusal(`You have ${maxPerUser} transfers under way; wait for one to end.`, "BUSY");
    if (all.size >= maxTransfers)
      throw new Refusal("The hub has too many transfers under way; try again later.", "BUSY");
  }

  return {
    async begin(user, writes) {
      // More than one may wait for the same file: the last one that asked gets it.
      for (;;) {
        const before = [...all].find((one) => writes !== undefined && one.writes === writes);
        if (!before) break;
        end(before, "Another transfer of this file has taken over.", "BUSY");
        await before.ended.promise;
      }
      makeRoom(user);
      const controller = new AbortController();
      const one: UnderWay = {
        user,
        writes,
        controller,
        ended: Promise.withResolvers(),
        movedAtMs: now(),
      };
      all.add(one);
      return {
        signal: controller.signal,
        touch: () => void (one.movedAtMs = now()),
        [Symbol.dispose]: () => finish(one),
      };
    },
    isWritten: (file) => [...all].some(({ writes }) => writes === file),
    release(file) {
      const one = [...all].find(({ writes }) => writes === file);
      if (one && now() - one.movedAtMs <= leftMs) return false;
      if (one) endStalled(one);
      return true;
    },
    idle: async () => void (await Promise.all([...all].map(({ ended }) => ended.promise))),
  };
}
