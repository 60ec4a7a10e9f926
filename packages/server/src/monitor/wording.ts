import type { WorkerReport } from "../hub.ts";
import type { LoopReport } from "./loop-delay.ts";
import type { StatusReport } from "./report.ts";
import { spokenSize } from "../spoken-size.ts";

/** `45 s`, `3 min`, `2 h 5 min`, `4 d 2 h`. */
export function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${seconds} s`;
  if (hours === 0) return `${minutes} min`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `2 text, 3 sessions, 1 TCP connections`. */
export function formatPeers({ textPeers, sessions, connections }: StatusReport): string {
  return `${textPeers} text, ${sessions} sessions, ${connections} TCP connections`;
}

/** `2 text, 3 sessions, 70 received; 4 % busy`, and what others were too slow for. */
export function formatWorker({ textPeers, sessions, received, undelivered, loop }: WorkerReport): string {
  const lost = undelivered === 0 ? "" : `; ${undelivered} not passed on`;
  return `${textPeers} text, ${sessions} sessions, ${received} received; ${Math.round(loop.utilization * 100)} % busy${lost}`;
}

/** `6 received, 7 dropped, 8 unsent`. */
export function formatMessages({ received, dropped, unsent }: StatusReport): string {
  return `${received} received, ${dropped} dropped, ${unsent} unsent`;
}

/** `1.2 % of 1000 packets to sessions, 3 datagrams in the kernel`. */
export function formatLoss({ traffic, kernelDrops }: StatusReport): string {
  const sessions = `${round(traffic.lossRate * 100)} % of ${traffic.packetsOut} packets to sessions`;
  return kernelDrops === undefined ? sessions : `${sessions}, ${kernelDrops} datagrams in the kernel`;
}

/** `0.2 ms, 99 % below 3 ms, at most 11 ms; 4 % busy`. */
export function formatLoop({ p50Ms, p99Ms, maxMs, utilization }: LoopReport): string {
  const delay = `${round(p50Ms)} ms, 99 % below ${round(p99Ms)} ms, at most ${round(maxMs)} ms`;
  return `${delay}; ${Math.round(utilization * 100)} % busy`;
}

/** `100 MiB of 1.0 GiB`; and what the guard did: `, short: nobody new is let in; put out 3 guests, 1 idle`. */
export function formatMemory({ memory, memoryGuard }: StatusReport): string {
  const { limit, isShort, shed } = memoryGuard;
  const used = spokenSize(memory.rss) + (limit === undefined ? "" : ` of ${spokenSize(limit)}`);
  const short = isShort ? ", short: nobody new is let in" : "";
  const out = [
    [shed.guest, "guests"] as const,
    [shed.unconfirmed, "unconfirmed"] as const,
    [shed.idle, "idle"] as const,
  ].filter(([count]) => count > 0);
  const gone = out.length === 0 ? "" : `; put out ${out.map(([count, who]) => `${count} ${who}`).join(", ")}`;
  return used + short + gone;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
