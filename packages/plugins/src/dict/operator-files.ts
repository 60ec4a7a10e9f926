import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Files, Log } from "@palaver/plugin-api";
import { readWordTable, type WordTable } from "./word-table.ts";

const maxFileBytes = 64 * 1024 * 1024;
/** A file that did not change for so long has been saved. */
const settleMs = 50;
/** An empty file is mostly one that is being written: its words stay for so many looks, one second. */
const emptyLooks = 20;
/** A file that changes all the time is read as it is after so many looks. */
const maxLooks = 40;
const maxLoggedLines = 20;

/** The operator's own words, kept in step with their files. */
export interface OperatorFiles {
  /** In the order of the configuration: the first file that has a word answers. */
  tables(): readonly WordTable[];
}

/**
 * Reads the files and reads each again when it changes. The words that are there answer until the new ones are
 * complete.
 * @param onReload is called after a table was replaced.
 */
export async function createOperatorFiles(
  paths: readonly string[],
  files: Files,
  log: Log,
  signal: AbortSignal,
  onReload: () => void,
): Promise<OperatorFiles> {
  const tables: (WordTable | undefined)[] = paths.map(() => undefined);

  await Promise.all(
    paths.map(async (path, index) => {
      const load = async (settled: boolean) => {
        const table = await tryLoad(path, tables[index], settled, log, signal);
        if (table === undefined || signal.aborted) return;
        tables[index] = table;
        onReload();
      };
      let loading = false;
      let changed = false;
      const reload = async () => {
        changed = true;
        if (loading) return;
        loading = true;
        while (changed && !signal.aborted) {
          changed = false;
          await load(false);
        }
        loading = false;
      };
      // Watched before it is read, so that no change falls between.
      files.watch(path, () => void reload());
      loading = true;
      await load(true);
      loading = false;
      if (changed) void reload();
    }),
  );
  return { tables: () => tables.filter((table) => table !== undefined) };
}

/** @returns undefined when the words that are there should stay. */
async function tryLoad(
  path: string,
  before: WordTable | undefined,
  settled: boolean,
  log: Log,
  signal: AbortSignal,
): Promise<WordTable | undefined> {
  try {
    for (let look = 1; ; look++) {
      const seen = settled ? await lookAt(path) : await settle(path, before, signal);
      const refusal = seen.isFile ? refuseSize(seen.bytes) : "is no file";
      if (refusal !== undefined) {
        log.error(`${path} ${refusal} and was not read`, { file: path, bytes: seen.bytes });
        return undefined;
      }
      const bad = collectBadLines();
      const table = await readWordTable(path, signal, bad.add);
      // Written to while it was read: once more.
      if (look < maxLooks && (await lookAt(path)).stamp !== seen.stamp) continue;
      bad.report(path, log);
      log.info("Dictionary file read", { file: path, words: table.size });
      return table;
    }
  } catch (error) {
    if (signal.aborted) return undefined;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const problem = code === "ENOENT" ? "is not there" : `cannot be read (${String(code ?? error)})`;
    const now = before ? "the words read before stay" : "it is read as soon as it can be";
    log.warn(`${path} ${problem}; ${now}`, { file: path });
    return undefined;
  }
}

function refuseSize(bytes: number): string | undefined {
  return bytes > maxFileBytes ? `is larger than ${maxFileBytes} bytes` : undefined;
}

function collectBadLines() {
  const bad: { line: number; reason: string }[] = [];
  let more = 0;
  return {
    add(line: number, reason: string) {
      if (bad.length < maxLoggedLines) bad.push({ line, reason });
      else more++;
    },
    report(path: string, log: Log) {
      for (const { line, reason } of bad) {
        log.warn(`${path}:${line}: ${reason}; the line was skipped`, { file: path, line });
      }
      if (more > 0) log.warn(`${path}: ${more} more lines were skipped`, { file: path, lines: more });
    },
  };
}

/** Waits until nobody writes to the file any more. */
async function settle(path: string, before: WordTable | undefined, signal: AbortSignal): Promise<Look> {
  let seen = await lookAt(path);
  let quietLooks = 0;
  for (let look = 0; look < maxLooks; look++) {
    await sleep(settleMs, undefined, { signal, ref: false });
    const now = await lookAt(path);
    quietLooks = now.stamp === seen.stamp ? quietLooks + 1 : 0;
    seen = now;
    const emptied = seen.bytes === 0 && before !== undefined && before.size > 0;
    if (quietLooks >= (emptied ? emptyLooks : 1)) break;
  }
  return seen;
}

interface Look {
  /** Changes with the file: which file it is, its size, and when it was written. */
  readonly stamp: string;
  readonly bytes: number;
  readonly isFile: boolean;
}

async function lookAt(path: string): Promise<Look> {
  const stats = await stat(path);
  const { ino, size, mtimeMs } = stats;
  return { stamp: `${ino}:${size}:${mtimeMs}`, bytes: size, isFile: stats.isFile() };
}
