import { existsSync, statSync } from "node:fs";
import { basename } from "node:path";

/** The files of one dictionary, named by its `.ifo` (StarDict) or `.index` (dictd). */
export interface DictionaryParts {
  readonly format: "stardict" | "dictd";
  /** The file that was named. */
  readonly main: string;
  readonly index: string;
  readonly data: string;
  /** Other spellings; StarDict only. */
  readonly synonyms?: string;
  /** Changes with any of the files. */
  readonly stamp: string;
}

/** Goes up when what is made of the files changes. */
const indexVersion = 2;

/** What a dictionary is called by: its file's name without the ending. */
export function dictionaryName(main: string): string {
  return basename(main)
    .replace(/\.(ifo|index)$/, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}._-]+/gu, "-");
}

/** @throws {Error} naming the file that is missing, or is none. */
export function locateParts(main: string): DictionaryParts {
  const base = main.replace(/\.(ifo|index)$/, "");
  if (base === main) throw new Error(`${main} is neither a StarDict .ifo nor a dictd .index file`);
  const format = main.endsWith(".ifo") ? "stardict" : "dictd";
  if (!existsSync(main)) throw new Error(`${main} is not there`);
  const index = format === "dictd" ? main : firstOf([`${base}.idx`, `${base}.idx.gz`]);
  const data = firstOf([`${base}.dict.dz`, `${base}.dict`]);
  const synonyms = format === "dictd" ? undefined : tryFirstOf([`${base}.syn`, `${base}.syn.dz`]);
  const files = [main, index, data, ...(synonyms === undefined ? [] : [synonyms])];
  const stamp = [
    indexVersion,
    ...files.map((file) => {
      const stats = statSync(file);
      // A pipe or a device would be waited for without end.
      if (!stats.isFile()) throw new Error(`${file} is no file`);
      const { ino, size, mtimeMs } = stats;
      return `${file}:${ino}:${size}:${mtimeMs}`;
    }),
  ].join("\n");
  return { format, main, index, data, ...(synonyms !== undefined && { synonyms }), stamp };
}

function firstOf(paths: readonly string[]): string {
  const found = tryFirstOf(paths);
  if (found === undefined) throw new Error(`there is no ${paths.join(" and no ")}`);
  return found;
}

function tryFirstOf(paths: readonly string[]): string | undefined {
  return paths.find((path) => existsSync(path));
}
