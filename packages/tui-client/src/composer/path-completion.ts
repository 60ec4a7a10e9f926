import { type Dirent, opendirSync, statSync } from "node:fs";
import { join } from "node:path";
import { quoteWord, splitWords } from "../commands/split-words.ts";
import { expandHome } from "../text/home-path.ts";
import { sanitizeLine } from "../text/sanitize.ts";
import { type Completion, completeWord } from "./completion.ts";

/** Entries of a folder that are looked at. */
const MAX_ENTRIES = 5000;

/** Whether a path of this machine is written at the cursor: of a file that is shared, or of the place for one. */
export function isPathPlace(text: string, cursor: number): boolean {
  return /^\/(?:put|get\s+(?:\\[^]|[^\s\\])+)\s/.test(text.slice(0, cursor));
}

/** Completes the path before the cursor; folders alone behind `/get`. Undefined when nothing fits. */
export function completePath(text: string, cursor: number): Completion | undefined {
  const head = text.slice(0, cursor);
  const start = head.search(/(?:\\[^]|[^\s\\])*$/);
  const word = head.slice(start);
  const folder = word.slice(0, word.lastIndexOf("/") + 1);
  const [place = "."] = splitWords(folder);
  const isHiddenWanted = word.startsWith(".", folder.length);
  const candidates = readFolder(expandHome(place))
    .filter(({ name }) => name.startsWith(".") === isHiddenWanted)
    .filter(({ isFolder }) => isFolder || head.startsWith("/put"))
    .map(({ name, isFolder }) => `${folder}${quoteWord(name)}${isFolder ? "/" : ""}`);
  return completeWord(text, start, cursor, candidates.toSorted(), (path) => (path.endsWith("/") ? "" : " "));
}

/** What a folder holds, without names that could not be written as they are; nothing when it cannot be read. */
function readFolder(path: string): { readonly name: string; readonly isFolder: boolean }[] {
  const found: { readonly name: string; readonly isFolder: boolean }[] = [];
  try {
    using folder = opendirSync(path);
    for (let entry; found.length < MAX_ENTRIES && (entry = folder.readSync()) !== null;) {
      if (entry.name === sanitizeLine(entry.name))
        found.push({ name: entry.name, isFolder: leadsToFolder(path, entry) });
    }
  } catch {
    // A folder that is not there or not ours has nothing to choose from.
  }
  return found;
}

function leadsToFolder(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(join(path, entry.name)).isDirectory();
  } catch {
    // It leads nowhere.
    return false;
  }
}
