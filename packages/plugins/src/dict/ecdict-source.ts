import type { DatabaseSync } from "node:sqlite";
import { parseDefinitions } from "./definitions.ts";
import { tryReadHeadwords } from "./database.ts";
import type { Entry, Query, Source } from "./entry.ts";
import { foldText, keyOf } from "./fold.ts";
import type { Headwords } from "./headwords.ts";
import { createNearWords, type NearWords } from "./near-words.ts";

interface Row {
  readonly word: string;
  readonly rank: number;
  readonly phonetic: string;
  readonly translation: string;
  readonly lemma: string;
}

/** ECDICT, English to Chinese. `lemma` tells what a word is a form of, if anything. */
export type EcdictSource = Source & { lemma(query: Query): string | undefined };

/** How much more frequent a lemma must be than its form to come first: `saw` is rather of `see` than a tool. */
const lemmaFactor = 5;
/** A form as frequent as this is a word by itself: `left`, `running`. */
const ownWordRank = 5000;
/** Where in the order of frequency the words of the day begin, and how many there are. */
const learnersFirst = 4000;
const learnersWords = 12_000;

/** @param database stays the caller's. */
export function createEcdictSource(database: DatabaseSync): EcdictSource {
  const selectRows = database.prepare(
    "SELECT word, rank, phonetic, translation, lemma FROM ecdict WHERE key = ? ORDER BY rank = 0, rank LIMIT 20",
  );
  const selectForm = database.prepare("SELECT lemma FROM form WHERE key = ?");
  const selectRange = database.prepare(
    "SELECT word, rank, phonetic, translation, lemma FROM ecdict WHERE key >= ? AND key < ? || char(1114111) LIMIT ?",
  );
  const selectCommon = database.prepare("SELECT packed FROM common_words");
  let near: NearWords | undefined;
  let packed: Headwords | undefined;

  const findRow = (key: string, folded: string): Row | undefined => {
    const rows = selectRows.all(key) as unknown as Row[];
    return rows.length > 1 ? (rows.find((row) => foldText(row.word) === folded) ?? rows[0]) : rows[0];
  };
  const findWord = (word: string) => findRow(keyOf(word), foldText(word));
  // Written before the rare words are, so it may be missing while the import runs.
  const nearWords = (): NearWords | undefined => {
    const common = near ? undefined : selectCommon.get()?.["packed"];
    if (common instanceof Uint8Array) near = createNearWords(common);
    return near;
  };

  const headwords = () => (packed ??= tryReadHeadwords(database, "ecdict"));

  return {
    name: "ecdict",
    title: "ECDICT, English to Chinese",
    to: "zh",
    about: "ECDICT by skywind3000, under the MIT licence.",

    find(query) {
      const row = findRow(query.key, query.folded);
      if (!row) {
        const form = selectForm.get(query.key);
        const lemma = form && findWord(String(form["lemma"]));
        return lemma ? [toEntry(lemma, query.text)] : [];
      }
      const lemma = row.lemma === "" ? undefined : findWord(row.lemma);
      if (!lemma) return [toEntry(row)];
      const own = toEntry(row);
      const base = toEntry(lemma, row.word);
      return isRatherForm(row, lemma) ? [base, own] : [own, base];
    },

    lemma(query) {
      const row = findRow(query.key, query.folded);
      const lemma = row ? row.lemma : selectForm.get(query.key)?.["lemma"];
      return typeof lemma === "string" && lemma !== "" ? lemma : undefined;
    },

    list(prefix, limit) {
      const frequent = (nearWords()?.list(prefix.key, limit) ?? []).flatMap((key) => findRow(key, key) ?? []);
      const missing = limit - frequent.length;
      if (missing <= 0) return frequent.map((row) => toEntry(row));
      const rest = selectRange.all(prefix.key, prefix.key, limit * 2) as unknown as Row[];
      const known = new Set(frequent.map((row) => row.word));
      const rare = rest.filter((row) => !known.has(row.word)).slice(0, missing);
      return [...frequent, ...rare].map((row) => toEntry(row));
    },

    near(query, limit) {
      const keys = nearWords()?.find(query.key, limit) ?? [];
      return keys.flatMap((key) => findRow(key, key)?.word ?? []);
    },

    match: (strategy, query, limit) => headwords()?.match(strategy, query, limit) ?? [],

    // Not the words that everybody knows, nor those that nobody needs.
    pick: (seed) => nearWords()?.at(learnersFirst + (seed % learnersWords)),
  };
}

function isRatherForm(row: Row, lemma: Row): boolean {
  if (row.rank === 0) return true;
  return row.rank > ownWordRank && lemma.rank > 0 && lemma.rank * lemmaFactor < row.rank;
}

function toEntry(row: Row, form?: string): Entry {
  return {
    source: "ecdict",
    word: row.word,
    ...(row.phonetic !== "" && { phonetic: row.phonetic }),
    definitions: parseDefinitions(row.translation),
    ...(form !== undefined && { form }),
  };
}
