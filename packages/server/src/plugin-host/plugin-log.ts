import type { Log } from "@palaver/plugin-api";
import type { Logger } from "pino";
import { leave } from "./blame.ts";

// A log that nobody watches wants a line now and then, not one per batch.
const stepPercent = 10;

/** The log that a plugin gets: the hub's, with the plugin's name on every line. */
export function createPluginLog(log: Logger, plugin: string): Log {
  const own = log.child({ plugin });
  const logged = new Map<string, number>();
  return {
    info: (message, fields) => own.info(fields ?? {}, message),
    warn: (message, fields) => own.warn(fields ?? {}, message),
    error: (message, fields) => own.error(fields ?? {}, message),
    progress(task, fraction) {
      const percent = Math.floor(fraction * 100);
      if (process.stderr.isTTY) return drawBar(plugin, task, fraction);
      const last = logged.get(task);
      if (last !== undefined && percent < last + stepPercent && percent < 100) return;
      logged.set(task, percent);
      own.info({ task, percent }, "progress");
    },
  };
}

function drawBar(plugin: string, task: string, fraction: number): void {
  const width = 30;
  const filled = Math.round(Math.min(1, fraction) * width);
  const bar = "█".repeat(filled) + "░".repeat(width - filled);
  const end = fraction >= 1 ? "\n" : "";
  const line = `\r${plugin}: ${task} ${bar} ${Math.floor(fraction * 100)} %${end}`;
  // What the plugin itself writes there goes to the log.
  leave(() => process.stderr.write(line));
}
