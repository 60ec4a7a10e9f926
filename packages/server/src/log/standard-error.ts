import { once } from "node:events";
import pino from "pino";
import { escapeJsonLine, escapeValue } from "./safe-line.ts";

// A reader that stands still must not stop the hub: beyond this, lines are dropped.
const maxUnreadBytes = 1024 * 1024;
// Lines of a start that is not decided yet; beyond this, they are shown at once.
const maxHeldLines = 1000;
const maxEndMs = 500;

/** The log on standard error. */
export interface StandardError {
  write(line: string): void;
  /** Shows what was held back, and everything from now on. */
  release(): void;
  /** Forgets what was held back. */
  discard(): void;
  /** Writes out what is waiting, for half a second at most; what comes later is lost. */
  end(): Promise<void>;
}

/**
 * Lines are held back until `release`: a hub that refuses to start says one line, the reason, and nothing else.
 * @param fd where it writes; 2 but in tests
 */
export async function createStandardError(
  format: "json" | "pretty",
  isTerminal: boolean,
  fd = 2,
): Promise<StandardError> {
  const render = format === "pretty" ? await createPrettyRenderer(isTerminal) : escapeJsonLine;
  const output = pino.destination({ fd, sync: false, maxLength: maxUnreadBytes });
  // A reader that went away is no fault of the hub.
  output.on("error", () => {});
  let held: string[] | undefined = [];
  let ended = false;
  const release = () => {
    const lines = held ?? [];
    held = undefined;
    for (const line of lines) output.write(render(line));
  };
  return {
    release,
    discard: () => void (held &&= []),
    write(line) {
      // A timer of a plugin may speak after the end.
      if (ended) return;
      if (!held) output.write(render(line));
      else if (held.push(line) > maxHeldLines) release();
    },
    async end() {
      if (ended) return;
      ended = true;
      const signal = AbortSignal.timeout(maxEndMs);
      const closed = once(output, "close", { signal });
      output.end();
      // Left open, it would be written out when the process exits, for as long as the reader stands still.
      await closed.catch(() => output.destroy());
    },
  };
}

/** pino-pretty takes its time to load, so only who wants it pays. */
async function createPrettyRenderer(colorize: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import("pino-pretty");
  const pretty = prettyFactory({
    colorize,
    singleLine: true,
    ignore: "pid",
    translateTime: "SYS:HH:MM:ss.l",
  });
  return (line) => pretty(escapeValue(JSON.parse(line)));
}
