import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Program } from "../programs/program.ts";
import { sendSignal, tryReadEntry } from "./processes-table.ts";
import { lastProcessId } from "./processes-tree.ts";
import type { Teller } from "./processes-words.ts";

/** Calls alike that are no further apart are in a row; what was started ahead of one waits as long. */
const ROW_MS = 100;

/** Waiting at the same time. */
const MAX_WAITING = 4;

/** Calls remembered, to see which are in a row. */
const MAX_REMEMBERED = 64;

/** What a pipe takes at once (PIPE_BUF); the shell reads it byte after byte. */
const MAX_WORDS_BYTES = 4096;

/** How long the shell may take to end when it will not be needed. */
const LEAVE_PATIENCE_MS = 1000;

/** A shell, with its limits, in its sandbox. */
interface Shell {
  readonly program: Program;
  readonly marker: string;
}

/** One that waits for words. */
interface Waiting extends Shell {
  /** By which it is told them; destroyed, it ends. */
  readonly words: Socket;
  readonly teller: Teller;
}

/**
 * What limits and sandboxes cost, a millisecond and ten, is spent ahead of a call that follows another one like it. Who
 * calls now and then has nothing waiting.
 */
export interface WarmStarts extends AsyncDisposable {
  /**
   * Gives the words to one that waits, if any; and starts the next, if calls like this are in a row.
   * @param key the same for calls that differ in their words alone
   * @returns also the process id given out last before it had words
   */
  tryTake(
    key: string,
    words: readonly string[],
    tryStart: () => Waiting | undefined,
  ): (Shell & { readonly lastBefore: number; readonly teller: Teller }) | undefined;
  /** Without waiting. */
  killAll(): void;
}

export function createWarmStarts(): WarmStarts {
  const calledAtMs = new Map<string, number>();
  const waiting = new Map<string, Waiting>();
  const leaving = new Set<Promise<void>>();
  let disposed = false;

  const leave = async ({ program, words }: Waiting): Promise<void> => {
    // Its words alone: bubblewrap, halfway, would die of a pipe without a reader and leave a child.
    words.destroy();
    const { promise: patience, resolve: giveUp } = Promise.withResolvers<void>();
    const killing = setTimeout(() => sendSignal(-program.pid, "SIGKILL"), LEAVE_PATIENCE_MS);
    // What hangs in the kernel keeps nobody waiting.
    const givingUp = setTimeout(giveUp, 2 * LEAVE_PATIENCE_MS);
    await Promise.race([program.ended, patience]);
    clearTimeout(killing);
    clearTimeout(givingUp);
    // Bubblewrap that somebody killed halfway leaves a process that waits for it for ever.
    sendSignal(-program.pid, "SIGKILL");
    for (const end of program.ends) end?.destroy();
  };

  const dismiss = (key: string, warm: Waiting): void => {
    if (waiting.get(key) !== warm) return;
    waiting.delete(key);
    const left = leave(warm).finally(() => leaving.delete(left));
    leaving.add(left);
  };

  /** After this turn: the call whose place it takes goes first. */
  const prepare = async (key: string, tryStart: () => Waiting | undefined): Promise<void> => {
    await nextTurn();
    if (disposed || waiting.has(key) || waiting.size >= MAX_WAITING) return;
    const warm = tryStart();
    if (!warm) return;
    waiting.set(key, warm);
    setTimeout(dismiss, ROW_MS, key, warm).unref();
    // Somebody may kill it, and a sandbox may not be had any more.
    void warm.program.ended.then(() => dismiss(key, warm));
  };

  const isInRow = (key: string): boolean => {
    const nowMs = performance.now();
    const beforeMs = calledAtMs.get(key) ?? -Infinity;
    calledAtMs.delete(key);
    calledAtMs.set(key, nowMs);
    if (calledAtMs.size > MAX_REMEMBERED) calledAtMs.delete(calledAtMs.keys().next().value!);
    return nowMs - beforeMs < ROW_MS;
  };

  return {
    tryTake(key, words, tryStart) {
      if (isInRow(key)) void prepare(key, tryStart);
      const warm = waiting.get(key);
      const lines = `${[words.length, ...words].join("\n")}\n`;
      const isPlain = !words.some((word) => /[\n\0]/.test(word));
      if (!warm || !isPlain || Buffer.byteLength(lines) > MAX_WORDS_BYTES) return undefined;
      // Its end may not have been heard of yet.
      if (!tryReadEntry(warm.program.pid)) return undefined;
      waiting.delete(key);
      const lastBefore = lastProcessId();
      warm.teller.tell(lines);
      return { ...warm, lastBefore };
    },
    killAll() {
      for (const { program } of waiting.values()) sendSignal(-program.pid, "SIGKILL");
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      for (const [key, warm] of waiting) dismiss(key, warm);
      await Promise.all(leaving);
    },
  };
}
