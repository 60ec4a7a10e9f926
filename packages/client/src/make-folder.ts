import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { problem } from "./hub-error.ts";

/**
 * Makes a folder of ours, and those above it, for their owner alone; nothing happens when it is there. Node's own
 * `recursive` never comes back where a folder exists but takes no entries, as below /proc.
 * @throws {HubError} which names the folder, and what to do
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    // Another client was faster.
    if (isFolder(path)) return;
    throw problem("UNKEPT", "folderNotMade", path, getSystemErrorMessage((cause as { errno: number }).errno));
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
