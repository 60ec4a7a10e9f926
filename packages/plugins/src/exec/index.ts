import { command, definePlugin, type Log } from "@palaver/plugin-api";
import * as z from "zod";
import { attempt, type AttemptContext } from "./attempt.ts";
import { openAudit } from "./audit.ts";
import { type Catalogue, createCatalogue, mayExecute } from "./catalogue.ts";
import { configSchema } from "./config.ts";
import { createLimits } from "./limits.ts";

/** The hub's own limit on `run` stays behind every command's, so that the command's speaks first. */
const CALL_MARGIN_MS = 5_000;

/**
 * Runs what the operator wrote down, and nothing else: an absolute program, a template for its arguments, a type for
 * every argument. There is no shell. To declare an argument under `args` is to switch it on; a command without one
 * takes none.
 */
export default definePlugin({
  name: "exec",
  api: 1,
  config: configSchema,
  needs: ["processes", "storage"],
  setup: ({ config, log, processes, storage }) => {
    const catalogue = createCatalogue(config);
    warnOfMissing(catalogue, log);
    const context: AttemptContext = {
      catalogue,
      limits: createLimits(config.max_running),
      audit: openAudit(storage.database("audit.db"), config.audit),
      processes,
      log,
      unfinished: new Set(),
    };
    const timeouts = [...catalogue.entries.values()].map((entry) => entry.config.timeout);
    const timeoutMs = Math.max(0, ...timeouts) + CALL_MARGIN_MS;
    return {
      commands: {
        run: command({
          summary: "Run a command on the hub's machine; alone, list them",
          args: { name: z.string().optional(), args: z.string().optional() },
          timeoutMs,
          changes: true,
          run: (call) => attempt(context, call.argv, call),
        }),
      },
      text: ({ text, ...call }) => attempt(context, text.split(/[ \t]+/).filter(Boolean), call),
      textTimeoutMs: timeoutMs,
      async [Symbol.asyncDispose]() {
        await Promise.all(context.unfinished);
      },
    };
  },
});

function warnOfMissing(catalogue: Catalogue, log: Log): void {
  for (const { name, program, config } of catalogue.entries.values()) {
    for (const [part, path] of [
      ["program", program],
      ["working directory", config.cwd],
    ] as const) {
      if (mayExecute(path)) continue;
      log.warn(`a command's ${part} is missing or not executable; calls will fail`, { command: name, path });
    }
  }
}
