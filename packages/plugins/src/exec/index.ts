import { command, definePlugin, type Log } from "@palaver/plugin-api";
import * as z from "zod";
import type { AttemptContext } from "./attempt.ts";
import { queryAudit } from "./audit-command.ts";
import { openAudit } from "./audit.ts";
import { type CatalogueEntry, createCatalogue, mayExecute } from "./catalogue.ts";
import { configSchema, MAX_INPUT_BYTES } from "./config.ts";
import { confine } from "./confinement.ts";
import { createConfirmations } from "./confirmations.ts";
import { createJobs } from "./jobs.ts";
import { createLimits } from "./limits.ts";
import { killJob, listJobs, perform } from "./perform.ts";

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
  needs: ["processes", "storage", "users"],
  setup: async ({ config, log, processes, storage, users }) => {
    const catalogue = createCatalogue(config);
    const entries = [...catalogue.entries.values()];
    warnOfMissing(entries, log);
    const context: AttemptContext = {
      catalogue,
      confinementOf: await confine(entries, config, processes, log),
      limits: createLimits(config),
      confirmations: createConfirmations(),
      jobs: createJobs(),
      audit: openAudit(storage.database("audit.db"), config.audit),
      processes,
      users,
      log,
      unfinished: new Set(),
    };
    const timeoutMs = Math.max(0, ...entries.map((entry) => entry.config.timeout)) + CALL_MARGIN_MS;
    return {
      commands: {
        run: command({
          summary: "Run a command on the hub's machine; alone, list them",
          args: { name: z.string().optional(), args: z.string().optional() },
          timeoutMs,
          changes: true,
          maxInputBytes: MAX_INPUT_BYTES,
          run: ({ argv, input, caller, signal }) =>
            perform(context, { words: argv, prefix: "run ", input, caller, signal }),
        }),
        jobs: command({
          summary: "List what you run; for operators, what everybody runs",
          run: (call) => listJobs(context, call.argv, call.caller),
        }),
        kill: command({
          summary: "End a run of yours; for operators, anybody's",
          args: { job: z.string() },
          run: (call) => killJob(context, call.argv, call.caller),
        }),
        audit: command({
          summary: "List who ran what, the newest last",
          args: { count: z.string().optional(), user: z.string().optional(), command: z.string().optional() },
          roles: ["operator"],
          run: (call) => queryAudit(context, call.argv, call.caller),
        }),
      },
      text: ({ text, caller, signal }) =>
        perform(context, {
          words: text.split(/[ \t]+/).filter(Boolean),
          prefix: "",
          input: undefined,
          caller,
          signal,
        }),
      textTimeoutMs: timeoutMs,
      async [Symbol.asyncDispose]() {
        await Promise.all(context.unfinished);
      },
    };
  },
});

function warnOfMissing(entries: readonly CatalogueEntry[], log: Log): void {
  for (const { name, program, config } of entries) {
    for (const [part, path] of [
      ["program", program],
      ["working directory", config.cwd],
    ] as const) {
      if (mayExecute(path)) continue;
      log.warn(`a command's ${part} is missing or not executable; calls will fail`, { command: name, path });
    }
  }
}
