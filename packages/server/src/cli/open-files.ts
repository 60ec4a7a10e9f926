import { readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";

/**
 * Another process that has files of a folder open; undefined where there is none, or the system does not tell: only Linux does,
 * and of the processes of the same user.
 */
export function findUserOf(folder: string): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const inside = `${realpathSync(folder)}${sep}`;
    const pids = readdirSync("/proc").map(Number);
    return pids.find((pid) => pid > 0 && pid !== process.pid && hasOpen(pid, inside));
  } catch {
    return undefined;
  }
}

function hasOpen(pid: number, inside: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return tryList(folder).some((fd) => tryReadLink(join(folder, fd)).startsWith(inside));
}

/** What is another user's, or gone meanwhile, has none. */
function tryList(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function tryReadLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
