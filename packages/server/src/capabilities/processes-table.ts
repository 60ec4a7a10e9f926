import { readFileSync } from "node:fs";

/** A living process, as proc_pid_stat(5) tells of it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in clock ticks since boot. */
  readonly startTicks: number;
  /**
   * Where its environment ends in its memory, another place after each exec. 0 in the middle of one, when it has none
   * yet, and for who may not read it.
   */
  readonly environmentEnd: number;
}

/** Undefined when the process is gone or a zombie, and where there is no /proc. */
export function tryReadEntry(pid: number): ProcessEntry | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name stands in parentheses and may hold any byte, parentheses and blanks too.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const threads = Number(fields[17]);
    // A zombie with threads has only lost its first one; the others still run.
    if (/[ZX]/.test(fields[0] ?? "Z") && threads < 2) return undefined;
    const [parent, group, session] = fields.slice(1, 4).map(Number) as [number, number, number];
    return {
      pid,
      parent,
      group,
      session,
      startTicks: Number(fields[19]),
      environmentEnd: Number(fields[48]),
    };
  } catch {
    return undefined;
  }
}

/** Sends to one process, or with a negative number to a group. False when nobody got it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
