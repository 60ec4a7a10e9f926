import { constants } from "node:os";
import type { SpawnCalls } from "./libc.ts";
import { sendSignal } from "../capabilities/processes-table.ts";
import type { Ending } from "./program.ts";

const WNOHANG = 1;

/** How soon the end of a program is seen when somebody took our listener of SIGCHLD away. */
const LOOK_AGAIN_MS = 1000;

/** By number; of two names for one, the first is the common one. */
const signalNames = new Map(
  Object.entries(constants.signals)
    .toReversed()
    .map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** Waits for children of this process that Node does not know of. */
export interface Reaper {
  /** Keeps the process for it, as Node would. */
  waitFor(pid: number): Promise<Ending>;
  /** Kills it, unless it has been waited for: until then nobody else has its number. */
  kill(pid: number): void;
}

/**
 * Hears of ends by SIGCHLD, which Node tells the main thread only, and that one its workers. Node's own children are left to Node, as it leaves
 * ours to us.
 */
export function createReaper({ waitpid }: Pick<SpawnCalls, "waitpid">): Reaper {
  // Bounded by who starts programs.
  const waiting = new Map<number, (ending: Ending) => void>();
  const status = new Int32Array(1);
  let timer: NodeJS.Timeout | undefined;

  const reap = (): void => {
    for (const [pid, resolve] of waiting) {
      const got = waitpid(pid, status, WNOHANG);
      if (got === 0) continue;
      waiting.delete(pid);
      // Somebody else had waited for it, and how it ended is not known.
      resolve(got === pid ? endingOf(status[0]!) : { status: 255, signal: undefined });
    }
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  // Before the first start, so that no end goes unheard; for good, since one more listener costs nothing.
  process.on("SIGCHLD", reap);
  return {
    waitFor(pid) {
      timer ??= setInterval(reap, LOOK_AGAIN_MS);
      return new Promise((resolve) => waiting.set(pid, resolve));
    },
    kill(pid) {
      if (waiting.has(pid)) sendSignal(pid, "SIGKILL");
    },
  };
}

/** wait(2): seven bits of a signal, a bit for a core file, eight bits of a status. */
function endingOf(status: number): Ending {
  const number = status & 0x7f;
  return number === 0
    ? { status: (status >> 8) & 0xff, signal: undefined }
    : { status: 128 + number, signal: signalNames.get(number) };
}
