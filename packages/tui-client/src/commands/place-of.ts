import { statSync } from "node:fs";

/** Where a fetched file goes: into a folder, under the hub's name for it, or to a name of its own. */
export function placeOf(path: string): { readonly directory: string } | { readonly target: string } {
  const isFolder = path.endsWith("/") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder ? { directory: path } : { target: path };
}
