import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory that the configuration names, and those above it, for their owner alone. Nothing happens when it
 * is there. Node's own `recursive` never comes back where a parent exists but takes no entries, as below /proc.
 * @throws {NodeJS.ErrnoException}
 */
export function makeDirectory(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found) throw Object.assign(new Error(`${path} is no directory`), { code: "ENOTDIR" });
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another hub was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
