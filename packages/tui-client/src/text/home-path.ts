import { homedir } from "node:os";

/** A path with `~` for the home folder, as in a shell. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
}
