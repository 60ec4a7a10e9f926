import { readdirSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { type ProcessEntry, sendSignal, tryReadEntry } from "./processes-table.ts";
import type { ProcessTree } from "./processes-tree.ts";

/** About two seconds, after which what is left hangs in the kernel. */
const MAX_ROUNDS = 48;
const MAX_ROUND_PAUSE_MS = 50;

/** By then bubblewrap has said which process is the first; one that hangs before is killed without. */
const MAX_INFO_WAIT_MS = 1000;

/**
 * Follows the processes of a sandbox by the first process of its namespace: the kernel kills every other one with it,
 * and lets it go only when they are gone. So none can escape, whatever it forks, and none is missed.
 * @param outerPid bubblewrap, a group leader; it waits for that first process, so that no zombie is left to others
 * @param info what bubblewrap writes to its `--info-fd`
 */
export function followNamespace(outerPid: number, info: Readable): ProcessTree {
  let text = "";
  let first: ProcessEntry | undefined;
  info.setEncoding("utf8");
  info.on("data", (chunk: string) => {
    text += chunk;
    first ??= tryReadEntry(Number(/"child-pid": (\d+)/.exec(text)?.[1]));
  });
  info.on("error", () => {});
  const closed = new Promise<void>((resolve) => info.on("close", resolve));
  const known = async (): Promise<ProcessEntry | undefined> => {
    const patience = new AbortController();
    await Promise.race([closed, delay(MAX_INFO_WAIT_MS, undefined, { signal: patience.signal })]).finally(
      () => patience.abort(),
    );
    return first;
  };

  return {
    async terminate() {
      const parent = await known();
      for (const name of parent ? readdirSync("/proc") : []) {
        const entry = tryReadEntry(Number(name));
        if (!entry || entry.parent !== parent?.pid) continue;
        sendSignal(entry.pid, "SIGTERM");
        sendSignal(entry.pid, "SIGCONT");
      }
    },
    async kill() {
      const target = await known();
      const isAlive = (): boolean =>
        target !== undefined && tryReadEntry(target.pid)?.startTicks === target.startTicks;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        if (!isAlive() && !tryReadEntry(outerPid)) break;
        // Bubblewrap ends by itself with the first process; killed before, it would leave that to others to reap.
        sendSignal(target?.pid ?? -outerPid, "SIGKILL");
        await delay(Math.min(2 ** round, MAX_ROUND_PAUSE_MS));
      }
      // Killed by somebody else before it said which process is the first, it has left that one waiting for it for ever.
      sendSignal(-outerPid, "SIGKILL");
    },
    killGroup() {
      sendSignal(-outerPid, "SIGKILL");
    },
  };
}
