import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "@palaver/client";
import type { ChatState } from "../store/state.ts";

const INTERVAL_MS = 10_000;

/** Measures the way to the hub while it is online, until `signal` aborts. */
export async function runWayLoop(
  connection: Connection,
  onWay: (way: ChatState["way"]) => void,
  signal: AbortSignal,
): Promise<void> {
  let changesBefore: number | undefined;
  let cut = new AbortController();
  connection.on("state", ({ state }) => {
    // A hub that is back is measured at once; one that is gone has no way to it.
    if (state === "online") cut.abort();
  });
  while (!signal.aborted) {
    cut = new AbortController();
    try {
      await connection.ready(signal);
      const { rttMs, loss, pathChanges } = await connection.ping(
        AbortSignal.any([signal, AbortSignal.timeout(INTERVAL_MS)]),
      );
      // A new session counts from 0 again.
      const hasRoamed = changesBefore !== undefined && pathChanges > changesBefore;
      changesBefore = pathChanges;
      onWay({ lagMs: rttMs, loss, hasRoamed });
    } catch {
      if (signal.aborted) return;
      onWay(undefined);
    }
    await delay(INTERVAL_MS, undefined, { signal: AbortSignal.any([signal, cut.signal]) }).catch(() => {});
  }
}
