import type { Log } from "@palaver/plugin-api";
import type { Article, Entry, Query, Source } from "../entry.ts";
import { foldText, keyOf } from "../fold.ts";
import { readArticle } from "./article-entry.ts";
import type { IndexRow, IndexStore } from "./index-store.ts";

const maxEntries = 10;
/** An entry shows the beginning of a text, which may be wrapped in markup. */
const maxEntryBytes = 32 * 1024;
const maxArticleBytes = 256 * 1024;

/** A StarDict or dictd dictionary. @param store stays the caller's. */
export function createDictionarySource(name: string, store: IndexStore, log: Log): Source {
  let told = false;
  const to = targetLanguage(name);

  const read = (row: IndexRow, maxBytes: number) => {
    try {
      return store.read(row, maxBytes);
    } catch (error) {
      // Damage is there for every look-up; once is enough.
      if (!told)
        log.error(`${name} is damaged; the words it cannot read are left out`, { error: String(error) });
      told = true;
      return undefined;
    }
  };
  const toEntry = (row: IndexRow): readonly Entry[] => {
    const article = read(row, maxEntryBytes);
    if (!article) return [];
    const { phonetic, definitions } = readArticle(article.word, article);
    const isForm = row.target !== "" && foldText(row.target) !== foldText(row.word);
    return [
      {
        source: name,
        word: article.word,
        ...(phonetic !== undefined && { phonetic }),
        definitions: definitions.length > 0 ? definitions : [{ text: article.word }],
        ...(isForm && { form: row.word }),
      },
    ];
  };
  // Words that are written as they were asked for, else those that differ in accents, hyphens and the like.
  const rowsOf = (query: Query): readonly IndexRow[] => {
    const rows = store.rows(query.key, maxEntries);
    const same = rows.filter((row) => foldText(row.word) === query.folded);
    return same.length > 0 ? same : rows;
  };

  return {
    name,
    title: store.title || name,
    ...(to !== undefined && { to }),
    about: store.about,
    find: (query) => rowsOf(query).flatMap(toEntry),

    list(prefix, limit) {
      const seen = new Set<string>();
      const rows = store.range(prefix.key, limit * 2).filter(({ word }) => !seen.has(word) && seen.add(word));
      return rows.slice(0, limit).flatMap(toEntry);
    },

    near(query, limit) {
      const near = store.nearWords();
      return near.find(query.key, limit).flatMap((key) => store.rows(key, 1)[0]?.word ?? []);
    },

    match(strategy, query, limit) {
      const found = store.headwords().match(strategy, query, limit);
      return found.map(
        (folded) =>
          store.rows(keyOf(folded), maxEntries).find(({ word }) => foldText(word) === folded)?.word ?? folded,
      );
    },

    pick: (seed) => store.headwords().pick(seed),
    articles: (query) => rowsOf(query).flatMap((row) => withHeadword(read(row, maxArticleBytes)) ?? []),
  };
}

/** Dictd's texts begin with their headword, most of StarDict's do not. */
function withHeadword(article: Article | undefined): Article | undefined {
  if (!article || foldText(article.text).startsWith(foldText(article.word))) return article;
  return { word: article.word, text: `${article.word}\n${article.text}` };
}

/** FreeDict names its dictionaries by their languages (ISO 639-3): `lat-eng` translates into `en`. */
function targetLanguage(name: string): string | undefined {
  const code = /(?:^|-)[a-z]{3}-([a-z]{3})$/.exec(name)?.[1];
  return code === undefined ? undefined : Intl.getCanonicalLocales(code)[0];
}
