import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

/** Long enough for the signal to arrive; while the process is stopped no time counts. */
const STOP_MS = 50;

/**
 * Stops the whole job, as Ctrl+Z does in a terminal that is not raw: whoever started us (pnpm, a script) has to stop too,
 * or the shell would go on waiting. Resolves after `fg`; at once where no shell could continue us.
 */
export async function stopJob(): Promise<void> {
  process.kill(0, "SIGTSTP");
  await delay(STOP_MS);
}

/** Hears of being stopped and continued by somebody else, with the terminal in our hands. */
export interface JobControl {
  listen(): void;
  /** From now on SIGTSTP stops us, as it does whoever does not listen. */
  ignore(): void;
}

export function createJobControl(onStop: () => void, onContinue: () => void): JobControl {
  return {
    listen() {
      process.on("SIGTSTP", onStop);
      process.on("SIGCONT", onContinue);
    },
    ignore() {
      process.off("SIGTSTP", onStop);
      process.off("SIGCONT", onContinue);
    },
  };
}
