import { statfs } from "node:fs/promises";
import type { HubStatus, RunningHub } from "../hub.ts";
import { readKernelDrops } from "./kernel-drops.ts";
import type { LoopReport } from "./loop-delay.ts";

/** What a hub says of itself: on the control socket, on its page, and as metrics. */
export interface StatusReport extends HubStatus {
  readonly pid: number;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heapUsed: number };
  readonly loop: LoopReport;
  /** Datagrams that the kernel dropped before the hub had fetched them; undefined where it does not tell. */
  readonly kernelDrops: number | undefined;
  /** Bytes that are free for the data directory. */
  readonly diskFree: number | undefined;
}

export async function readReport(
  hub: RunningHub,
  { version, dataDir, loop }: { version: string; dataDir: string; loop: LoopReport },
): Promise<StatusReport> {
  const status = await hub.status();
  const ports = status.listeners
    .filter(({ url }) => url.startsWith("udp:"))
    .map(({ url }) => Number(/\d+$/.exec(url)?.[0]));
  const [kernelDrops, diskFree] = await Promise.all([
    readKernelDrops(ports),
    statfs(dataDir).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => undefined,
    ),
  ]);
  const { rss, heapUsed } = process.memoryUsage();
  return {
    pid: process.pid,
    version,
    uptimeSeconds: Math.floor(process.uptime()),
    ...status,
    // With workers, those of the busiest one: this thread only looks after them.
    memory: { rss, heapUsed: status.heapUsed ?? heapUsed },
    loop: status.loop ?? loop,
    kernelDrops,
    diskFree,
  };
}
