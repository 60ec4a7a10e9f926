import type { PluginReport } from "../plugin-host/host.ts";
import { describePlugin } from "../plugins-command.ts";
import type { StatusReport } from "../monitor/report.ts";
import {
  formatDuration,
  formatLoop,
  formatLoss,
  formatMemory,
  formatMessages,
  formatPeers,
  formatWorker,
} from "../monitor/wording.ts";
import { spokenSize } from "../spoken-size.ts";

/** A status for people. */
export function formatStatus(report: StatusReport, dataDir: string): string {
  const listeners = report.listeners.map(({ url, mount }) => (mount === undefined ? url : `${url} ${mount}`));
  const rows: readonly (readonly [string, string | number])[] = [
    ["palaverd", report.version],
    ["pid", report.pid],
    ["uptime", formatDuration(report.uptimeSeconds)],
    ["data", dataDir],
    ...listeners.map((listener, index) => [index === 0 ? "listening" : "", listener] as const),
    [
      "plugins",
      report.plugins.map(({ name, state }) => (state === "on" ? name : `${name} (off)`)).join(", "),
    ],
    ...report.plugins.filter(isNotable).map((plugin) => ["", describePlugin(plugin)] as const),
    ["users", `${report.usersOnline} online`],
    ["rooms", report.rooms],
    ["peers", formatPeers(report)],
    ...(report.workers ?? []).map(
      (worker, index) => [index === 0 ? "workers" : "", `${index + 1}: ${formatWorker(worker)}`] as const,
    ),
    ["messages", formatMessages(report)],
    ["loss", formatLoss(report)],
    ["loop", formatLoop(report.loop)],
    ["memory", formatMemory(report)],
    ...(report.diskFree === undefined ? [] : [["disk", `${spokenSize(report.diskFree)} free`] as const]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join("");
}

/** What an operator has to know without asking for more. */
function isNotable({ state, faults }: PluginReport): boolean {
  return state === "off" || faults > 0;
}
