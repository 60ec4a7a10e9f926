import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Writable } from "node:stream";
import { EXIT, InterruptedError } from "../exit.ts";
import { parseRecording } from "../terminal/recording.ts";
import { tameOutput } from "../terminal/tame-output.ts";

/** Nobody waits longer for the next thing to happen. */
const MAX_PAUSE_MS = 2000;
/** What a recording that breaks off leaves on: the other screen, a hidden cursor, modes, colours. */
const RESTORE =
  "\u001b[0m\u001b[?2004l\u001b[?1004l\u001b[?1000l\u001b[?1006l\u001b[?7h\u001b[?25h\u001b[?1049l";

/** Shows a recording again as it happened, until its end or a signal; the terminal is then as it was. Nothing in it acts on the terminal. */
export async function replay(file: string, stdout: Writable, signal: AbortSignal): Promise<number> {
  const events = parseRecording(readFileSync(file, "utf8"), file);
  let atSeconds = 0;
  try {
    for (const [seconds, type, data] of events) {
      await delay(Math.min(MAX_PAUSE_MS, Math.max(0, (seconds - atSeconds) * 1000)), undefined, { signal });
      atSeconds = seconds;
      if (type === "o") stdout.write(tameOutput(data));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    if (signal.reason instanceof InterruptedError) return signal.reason.status;
  } finally {
    stdout.write(RESTORE);
  }
  return EXIT.done;
}
