import type { HubStatus } from "../hub.ts";
import type { PluginReport } from "../plugin-host/host.ts";
import { describePlugin } from "../plugins-command.ts";

/** What a hub says of itself on the control socket. */
export interface StatusReport extends HubStatus {
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number };
}

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
    ["peers", `${report.textPeers} text, ${report.sessions} sessions, ${report.connections} TCP connections`],
    ["messages", `${report.received} received, ${report.dropped} dropped, ${report.unsent} unsent`],
    ["memory", `${Math.round(report.memory.rss / 1024 / 1024)} MiB`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${value}\n`).join("");
}

/** What an operator has to know without asking for more. */
function isNotable({ state, faults }: PluginReport): boolean {
  return state === "off" || faults > 0;
}

/** `45 s`, `3 min`, `2 h 5 min`, `4 d 2 h`. */
function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
