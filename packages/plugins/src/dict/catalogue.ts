import type { DictionaryFiles } from "./dictionary-files/dictionary-files.ts";
import type { Dictionaries } from "./dictionaries.ts";
import type { Query, Source } from "./entry.ts";
import { isHan } from "./fold.ts";
import type { LookupOptions } from "./options.ts";
import type { AddedWords } from "./own-words/added-words.ts";
import type { OperatorFiles } from "./operator-files.ts";
import type { Upstream } from "./upstream/upstream.ts";

/** All dictionaries of the hub, and the order in which they are asked. */
export interface Catalogue {
  /** As `-d` takes them, also those that are still being built. */
  readonly names: readonly string[];
  /** The dictionaries that are there, those first that answer best. */
  sources(query: Query, wanted?: Pick<LookupOptions, "only" | "to">): readonly Source[];
  upstreams(wanted: Pick<LookupOptions, "only" | "to">): readonly Upstream[];
  /** What a word is a form of, in English. */
  lemma(query: Query): string | undefined;
  state(): { readonly building?: number; readonly broken?: boolean };
  /** Resolves when words come or go, or when what is being built is further on. */
  changed(): Promise<void>;
  /** Sees to it that what other workers added is known; costs nothing within a second of the last time. */
  refresh(): void;
  /** Words of the operator's, in files or added. */
  isOwn(source: Source): boolean;
}

export interface CatalogueParts {
  readonly names: readonly string[];
  readonly addedWords: AddedWords;
  readonly operatorFiles: OperatorFiles;
  readonly dictionaries: Dictionaries;
  readonly dictionaryFiles: DictionaryFiles;
  readonly upstreams: readonly Upstream[];
  changed(): Promise<void>;
}

export const ownName = "files";

export function createCatalogue(parts: CatalogueParts): Catalogue {
  const { names, addedWords, operatorFiles, dictionaries, dictionaryFiles, upstreams, changed } = parts;
  return {
    names,
    changed,
    refresh: () => addedWords.refresh(),

    sources(query, { only, to } = {}) {
      const { ecdict, cedict } = dictionaries.sources();
      const own = [addedWords.table(), ...operatorFiles.tables()].filter((table) => table.size > 0);
      const large = isHan(query.text) ? [cedict, ecdict] : [ecdict, cedict];
      return [...own, ...large, ...dictionaryFiles.sources()].filter(
        (source): source is Source =>
          source !== undefined &&
          (only === undefined || source.name === only) &&
          (to === undefined || source.to === undefined || source.to === to),
      );
    },

    upstreams: ({ only }) => upstreams.filter(({ name }) => only === undefined || name === only),
    lemma: (query) => dictionaries.sources().ecdict?.lemma(query),

    state() {
      const state = dictionaries.state();
      return state.building === undefined && dictionaryFiles.isBuilding
        ? { ...state, building: 0.99 }
        : state;
    },

    isOwn: ({ name }) => name === ownName,
  };
}
