import type { DatabaseSync } from "node:sqlite";
import type { Log } from "@palaver/plugin-api";
import { buildDictionaries } from "./build.ts";
import { createCedictSource } from "./cedict-source.ts";
import { tryOpenDatabase } from "./database.ts";
import { createEcdictSource, type EcdictSource } from "./ecdict-source.ts";
import type { Source } from "./entry.ts";
import { importedFraction, planStages } from "./import/import-dictionaries.ts";
import { locateSourceData } from "./import/source-data.ts";
import type { DictionaryName } from "./import/stage.ts";

/** The large dictionaries: what of them is there already, and how far the rest is. */
export interface Dictionaries extends AsyncDisposable {
  sources(): { readonly ecdict?: EcdictSource; readonly cedict?: Source };
  state(): { readonly building?: number; readonly broken?: boolean };
}

/**
 * Opens the imported dictionaries, and imports in a process of its own what is missing.
 * @param onBuilt is called when the import is done, `onFurther` as it goes on.
 */
export function createDictionaries(
  directory: string,
  names: readonly DictionaryName[],
  log: Log,
  onBuilt: () => void,
  onFurther: () => void,
): Dictionaries {
  const abort = new AbortController();
  let database: DatabaseSync | undefined;
  let sources: { ecdict?: EcdictSource; cedict?: Source } = {};
  let state: { building?: number; broken?: boolean } = {};

  const open = () => {
    database ??= tryOpenDatabase(directory);
    if (!database || Object.keys(sources).length > 0) return;
    sources = {
      ...(names.includes("ecdict") && { ecdict: createEcdictSource(database) }),
      ...(names.includes("cedict") && { cedict: createCedictSource(database) }),
    };
  };

  const build = async () => {
    try {
      await buildDictionaries(directory, onProgress, abort.signal, names);
      open();
      state = {};
      log.progress("dictionary", 1);
      onBuilt();
    } catch (error) {
      if (abort.signal.aborted) return;
      state = { broken: true };
      onFurther();
      log.error("The dictionary could not be built; words of the operator's files are still answered", {
        error: error instanceof Error ? error.message : String(error),
        directory,
      });
    }
  };

  const onProgress = (fraction: number) => {
    if (abort.signal.aborted || fraction === 1) return;
    // The first word of the import: its tables are there.
    open();
    state = { building: fraction };
    log.progress("dictionary", fraction);
    onFurther();
  };

  let building = Promise.resolve();
  if (names.length > 0) {
    const stages = planStages(locateSourceData(), names);
    open();
    const fraction = database ? importedFraction(database, stages) : 0;
    if (fraction < 1) {
      state = { building: fraction };
      building = build();
    }
  }

  return {
    sources: () => sources,
    state: () => state,
    async [Symbol.asyncDispose]() {
      abort.abort();
      await building;
      database?.close();
    },
  };
}
