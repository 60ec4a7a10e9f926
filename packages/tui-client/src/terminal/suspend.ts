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
