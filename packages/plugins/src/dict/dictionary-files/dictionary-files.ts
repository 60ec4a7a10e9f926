import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "@palaver/plugin-api";
import type { Source } from "../entry.ts";
import { runImport } from "../import/run-import.ts";
import { createDictionarySource } from "./dictionary-source.ts";
import { tryOpenIndex, type IndexStore } from "./index-store.ts";
import { dictionaryName, locateParts } from "./parts.ts";

/** The StarDict and dictd dictionaries that the operator named. */
export interface DictionaryFiles extends AsyncDisposable {
  /** Those that can be asked, in the order of the configuration. */
  sources(): readonly Source[];
  /** While one is being indexed. */
  readonly isBuilding: boolean;
}

/** A dictionary of a usual size is indexed in less; the hub becomes ready with it. */
const maxWaitMs = 5000;

/**
 * Opens the dictionaries, and indexes those that are new or changed, each in a process of its own. What takes longer
 * than some seconds is not waited for. One that is damaged is left out, and the log says why.
 * @param paths of `.ifo` and `.index` files.
 * @param onBuilt is called when another one is there.
 */
export async function createDictionaryFiles(
  directory: string,
  paths: readonly string[],
  log: Log,
  onBuilt: () => void,
): Promise<DictionaryFiles> {
  const abort = new AbortController();
  const stores = new DisposableStack();
  const sources: (Source | undefined)[] = paths.map(() => undefined);

  const tryOpen = (path: string, target: string, index: number): IndexStore | undefined => {
    const store = tryOpenIndex(target, locateParts(path));
    if (store) sources[index] = createDictionarySource(dictionaryName(path), stores.use(store), log);
    return store;
  };
  const refuse = (path: string, error: unknown) => {
    if (abort.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`The dictionary ${path} is left out: ${reason}`, { file: path });
  };

  const missing: { path: string; target: string; index: number }[] = [];
  paths.forEach((path, index) => {
    const target = join(directory, "index", `${dictionaryName(path)}.db`);
    try {
      if (!tryOpen(path, target, index)) missing.push({ path, target, index });
    } catch (error) {
      refuse(path, error);
    }
  });

  let isBuilding = missing.length > 0;
  const build = async () => {
    for (const { path, target, index } of missing) {
      // Another hub on the same data may index the same dictionary.
      const draft = `${target}.${randomUUID()}.new`;
      try {
        await mkdir(join(directory, "index"), { recursive: true, mode: 0o700 });
        await runImport("index-process", [path, draft, target], abort.signal);
        if (!tryOpen(path, target, index)) throw new Error("it changed while it was indexed; reload the hub");
        log.info("Dictionary indexed", { file: path });
        onBuilt();
      } catch (error) {
        refuse(path, error);
        rmSync(draft, { force: true });
      }
      if (abort.signal.aborted) return;
    }
    isBuilding = false;
    onBuilt();
  };
  const building = isBuilding ? build() : Promise.resolve();
  const waited = new AbortController();
  await Promise.race([building, sleep(maxWaitMs, undefined, { signal: waited.signal }).catch(() => {})]);
  waited.abort();

  return {
    sources: () => sources.filter((source) => source !== undefined),
    get isBuilding() {
      return isBuilding;
    },
    async [Symbol.asyncDispose]() {
      abort.abort();
      await building;
      stores.dispose();
    },
  };
}
