import { command, Refusal } from "@palaver/plugin-api";
import * as z from "zod";
import type { PluginReport } from "./plugin-host/host.ts";

// Setting up another generation and draining the old one.
const reloadTimeoutMs = 90_000;

export interface PluginControl {
  report(): readonly PluginReport[];
  /** @throws {Error} with the reason, and the old one stays. */
  reload(name: string): Promise<void>;
}

/** `/plugins` and `/plugins reload NAME`, for operators: reasons hold what only they may read. */
export function createPluginsCommand({ report, reload }: PluginControl) {
  return command({
    summary: "How the plugins are doing; `plugins reload NAME` loads one again",
    roles: ["operator"],
    timeoutMs: reloadTimeoutMs,
    args: { action: z.literal("reload").optional(), name: z.string().optional() },
    async run({ args: { action, name } }) {
      if (action === undefined) return { text: report().map(describePlugin).join("\n"), data: report() };
      if (name === undefined) throw new Refusal("Which one? Usage: plugins reload NAME", "INVALID");
      try {
        await reload(name);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Refusal(`${name} is not reloaded, the old one stays: ${reason}`, "INVALID", {
          cause: error,
        });
      }
      return `${name} is reloaded.`;
    },
  });
}

/** One line: `dice  on  worker  12 calls  p50 0.21 ms  p99 3 ms  1 fault, the last: …  needs storage`. */
export function describePlugin(plugin: PluginReport): string {
  const { name, state, reason, isolation, calls, p50Ms, p99Ms, faults, lastFault, needs } = plugin;
  const parts = [name, state === "off" ? `off: ${reason}` : state];
  if (isolation === "worker") parts.push("worker");
  parts.push(count(calls, "call"));
  if (p50Ms !== undefined) parts.push(`p50 ${p50Ms} ms`, `p99 ${p99Ms} ms`);
  if (faults > 0)
    parts.push(
      state === "off" ? count(faults, "fault") : `${count(faults, "fault")}, the last: ${lastFault}`,
    );
  if (needs.length > 0) parts.push(`needs ${needs.join(", ")}`);
  return parts.join("  ");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
