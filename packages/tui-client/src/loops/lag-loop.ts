import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@palaver/client";

const INTERVAL_MS = 10_000;

/** Measures the way to the hub while it is online, until `signal` aborts. */
export async function runLagLoop(
  connection: Connection,
  onLag: (lagMs: number | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  let cut = new AbortController();
  connection.on("state", ({ state }) => {
    // A hub that is back is measured at once; one that is gone has no way to it.
    if (state === "online") cut.abort();
  });
  while (!signal.aborted) {
    cut = new AbortController();
    try {
      await connection.ready(signal);
      const { rttMs } = await connection.ping(AbortSignal.any([signal, AbortSignal.timeout(INTERVAL_MS)]));
      onLag(rttMs);
    } catch {
      if (signal.aborted) return;
      onLag(undefined);
    }
    await delay(INTERVAL_MS, undefined, { signal: AbortSignal.any([signal, cut.signal]) }).catch(() => {});
  }
}
