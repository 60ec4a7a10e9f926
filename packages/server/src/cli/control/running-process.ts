import { readFileSync } from "node:fs";
import { pidFilePath } from "./place.ts";

/** The process that the pid file of a data directory names, if it is a palaverd that runs. */
export function findRunning(dataDir: string): number | undefined {
  const pid = tryReadPid(dataDir);
  return pid !== undefined && isRunningHub(pid) ? pid : undefined;
}

export function tryReadPid(dataDir: string): number | undefined {
  const text = tryRead(pidFilePath(dataDir));
  return /^\d{1,10}\n?$/.test(text ?? "") ? Number(text) : undefined;
}

/** False for a pid that was given to something else since, and for a zombie that nobody has waited for. */
export function isRunningHub(pid: number): boolean {
  if (pid < 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // Only Linux tells more.
  const status = tryRead(`/proc/${pid}/stat`);
  if (status === undefined) return process.platform !== "linux";
  const state = status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3);
  const commandLine = tryRead(`/proc/${pid}/cmdline`) ?? "";
  return state !== "Z" && state !== "X" && commandLine.includes("palaverd");
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
