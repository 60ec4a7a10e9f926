import { readdirSync, readFileSync } from "node:fs";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { type ProcessEntry, sendSignal, tryReadEntry } from "./processes-table.ts";

/** A process that leads a session and a group of its own, and everything that descends from it. */
export interface ProcessTree {
  /** Sends SIGTERM to every process of the tree once; a stopped one is continued so that it can obey. */
  terminate(): Promise<void>;
  /** Kills every process of the tree and looks again until none is left, or for about two seconds. */
  kill(): Promise<void>;
  /** Kills the group at once, without a look for those that left it; for when the hub itself exits. */
  killGroup(): void;
}

const isLinux = process.platform === "linux";

/** Rounds of kill and look again: about two seconds, after which what is left cannot be killed by us. */
const MAX_ROUNDS = 48;
const MAX_ROUND_PAUSE_MS = 50;

/** Entries of /proc read before the event loop gets its turn: 128 take 2 ms. */
const SLICE_ENTRIES = 128;

/** A process that has no environment yet has one by then, unless it was started with none, or the machine is busy. */
const EXEC_PAUSE_MS = 2;

/** The parent of the kernel's own threads, which have no environment ever. */
const KTHREADD_PID = 2;

/**
 * Process ids are given out in ascending order, so shortly after a spawn everything forked since then lies between
 * the child's id and the last one given out: few entries to read, or none. To come round all 32,768 ids within this
 * time is out of reach. What is forked during a look is read at its end, likewise.
 */
const SHORT_RUN_MS = 1000;
const MAX_RANGE_ENTRIES = 256;

/**
 * Follows the tree of a process that was just spawned with `detached` and with `marker` (`NAME=value`) in its
 * environment.
 *
 * On Linux a process that left the group (`setsid`, a daemon's double fork) is found by the marker in its
 * environment, by its session or by its ancestors. One that did all of this before anybody looked escapes: a new
 * session, a dead parent and a cleared environment. A process namespace is the remedy for programs that hostile.
 * Elsewhere than on Linux only the process group is known.
 * @param lastBefore the process id given out last before it could start others
 */
export function followProcessTree(rootPid: number, marker: string, lastBefore = rootPid): ProcessTree {
  const startedAtMs = performance.now();
  const startTicks = isLinux ? (tryReadEntry(rootPid)?.startTicks ?? 0) : 0;
  // Who was found once belongs to the tree also when its parent, by which it was found, is dead. Bounded by the
  // number of processes the system allows; the tree lives as long as its call.
  const known = new Map<number, number>();
  // Something ran away from the group: one look that finds nothing more is not enough then.
  let hasStrayed = false;
  let isWhole = true;

  function* candidateIds(): Generator<number> {
    const last = lastProcessId();
    const isShort = performance.now() - startedAtMs < SHORT_RUN_MS;
    if (isShort && last >= lastBefore && last - lastBefore < MAX_RANGE_ENTRIES) {
      yield rootPid;
      for (let pid = lastBefore + 1; pid <= last; pid++) yield pid;
    } else {
      yield* readdirSync("/proc").map(Number).filter(Number.isInteger);
    }
    // A parent that forks and exits while we look must not hide its child from us.
    let pid = last + 1;
    for (; pid <= lastProcessId() && pid - last < MAX_RANGE_ENTRIES; pid++) yield pid;
    isWhole = !(pid - last >= MAX_RANGE_ENTRIES);
  }

  /** Undefined while a process has no environment: it may be between two programs. */
  const isOurs = ({ pid, parent, group, session, startTicks: since }: ProcessEntry): boolean | undefined =>
    [pid, parent, group, session].includes(rootPid) || known.get(pid) === since || carriesMarker(pid, marker);

  /**
   * The living processes of the tree, stopped so that they neither fork nor orphan one another meanwhile, and whether
   * none can have been missed: what one left behind that came and went before it could be told is for the next look.
   */
  const freeze = async (): Promise<{ readonly found: readonly number[]; readonly isSure: boolean }> => {
    if (!isLinux) return { found: [], isSure: true };
    const candidates: ProcessEntry[] = [];
    const unclear: ProcessEntry[] = [];
    const stack: ProcessEntry[] = [];
    const stop = (entry: ProcessEntry): void => {
      sendSignal(entry.pid, "SIGSTOP");
      if (entry.group !== rootPid) hasStrayed = true;
      stack.push(entry);
    };
    let read = 0;
    for (const pid of candidateIds()) {
      if (++read % SLICE_ENTRIES === 0) await nextTurn();
      const entry = tryReadEntry(pid);
      // What is older than the root is not its descendant.
      if (!entry || entry.startTicks < startTicks || pid === process.pid || entry.parent === KTHREADD_PID)
        continue;
      candidates.push(entry);
      const verdict = isOurs(entry);
      if (verdict) stop(entry);
      else if (verdict === undefined) unclear.push(entry);
    }
    /** Looks once more at one that had no environment. False when it is not known whose it is, or was. */
    const clear = (before: ProcessEntry): boolean => {
      const now = tryReadEntry(before.pid);
      if (now?.startTicks !== before.startTicks) return false;
      const verdict = isOurs(now);
      if (verdict) stop(now);
      // In the same place as before the pause: it was started with none.
      const hasNone = now.environmentEnd !== 0 && now.environmentEnd === before.environmentEnd;
      return verdict !== undefined || hasNone;
    };
    if (unclear.length > 0) await delay(EXEC_PAUSE_MS);
    const isSure = unclear.filter((entry) => !clear(entry)).length === 0 && isWhole;
    const childrenOf = Map.groupBy(candidates, (entry) => entry.parent);
    const found = new Set<number>();
    for (let entry = stack.pop(); entry; entry = stack.pop()) {
      if (found.has(entry.pid)) continue;
      found.add(entry.pid);
      known.set(entry.pid, entry.startTicks);
      stack.push(...(childrenOf.get(entry.pid) ?? []));
    }
    return { found: [...found], isSure };
  };

  return {
    async terminate() {
      for (const pid of [...(await freeze()).found, -rootPid]) {
        sendSignal(pid, "SIGTERM");
        sendSignal(pid, "SIGCONT");
      }
    },
    async kill() {
      for (let round = 0, clean = 0; round < MAX_ROUNDS; round++) {
        const { found, isSure } = await freeze();
        const groupLives = sendSignal(-rootPid, "SIGKILL");
        for (const pid of found) sendSignal(pid, "SIGKILL");
        clean = found.length === 0 && isSure && (isLinux || !groupLives) ? clean + 1 : 0;
        if (clean > (hasStrayed ? 1 : 0)) return;
        await delay(Math.min(2 ** round, MAX_ROUND_PAUSE_MS));
      }
    },
    killGroup() {
      sendSignal(-rootPid, "SIGKILL");
    },
  };
}

/** The process id given out last; NaN where the kernel does not say. */
export function lastProcessId(): number {
  if (!isLinux) return Number.NaN;
  try {
    return Number.parseInt(readFileSync("/proc/loadavg", "latin1").split(" ")[4] ?? "", 10);
  } catch {
    return Number.NaN;
  }
}

function carriesMarker(pid: number, marker: string): boolean | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`);
    return environment.length === 0 ? undefined : environment.includes(marker);
  } catch {
    return false; // gone, or another user's, which we could not kill either
  }
}
