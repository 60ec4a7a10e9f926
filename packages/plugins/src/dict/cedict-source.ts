import type { DatabaseSync } from "node:sqlite";
import { keyKinds, pinyinKey } from "./import/cedict-stages.ts";
import { tryReadHeadwords } from "./database.ts";
import type { Entry, Source } from "./entry.ts";
import { isHan, keyOf } from "./fold.ts";
import type { Headwords } from "./headwords.ts";
import { markTones } from "./pinyin.ts";

interface Row {
  readonly simplified: string;
  readonly traditional: string;
  readonly pinyin: string;
  readonly english: string;
}

/** Readings of one character, or words that are said alike. */
const maxEntries = 10;
/** Parts of an unknown word are looked for in its first characters only. */
const maxNearCharacters = 12;

/** CC-CEDICT, Chinese to English; also by pinyin without tones. @param database stays the caller's. */
export function createCedictSource(database: DatabaseSync): Source {
  const selectRows = database.prepare(
    `SELECT simplified, traditional, pinyin, english FROM cedict_key JOIN cedict USING (id)
     WHERE key = ? AND kind = ? ORDER BY id LIMIT ${maxEntries}`,
  );
  const selectRange = database.prepare(
    `SELECT DISTINCT simplified, traditional, pinyin, english FROM cedict_key JOIN cedict USING (id)
     WHERE key >= ? AND key < ? || char(1114111) AND kind = ? LIMIT ?`,
  );
  const isWord = database.prepare(`SELECT 1 FROM cedict_key WHERE key = ? AND kind = ${keyKinds.written}`);

  const find = (key: string, kind: number) => selectRows.all(key, kind) as unknown as Row[];

  let packed: Headwords | undefined;
  const headwords = () => (packed ??= tryReadHeadwords(database, "cedict"));

  return {
    name: "cedict",
    title: "CC-CEDICT, Chinese to English",
    to: "en",
    about: "CC-CEDICT by its editors (cc-cedict.org), under CC BY-SA 4.0.",

    find(query) {
      const rows = find(query.key, keyKinds.written);
      if (rows.length > 0 || isHan(query.key))
        return rows.toSorted(byUse).map((row) => toEntry(row, query.key));
      return find(pinyinKey(query.folded), keyKinds.pinyin)
        .toSorted(byUse)
        .map((row) => toEntry(row, query.key));
    },

    list(prefix, limit) {
      const kind = isHan(prefix.key) ? keyKinds.written : keyKinds.pinyin;
      const rows = selectRange.all(prefix.key, prefix.key, kind, limit) as unknown as Row[];
      return rows
        .toSorted((a, b) => a.simplified.length - b.simplified.length || byUse(a, b))
        .map((row) => toEntry(row, prefix.key));
    },

    // An unknown Chinese word is mostly a compound: its longest known parts.
    near(query, limit) {
      if (!isHan(query.key)) return [];
      const characters = Array.from(query.key).slice(0, maxNearCharacters);
      const parts: string[] = [];
      for (let at = 0; at < characters.length && parts.length < limit;) {
        const length = longestWord(characters, at, (word) => isWord.get(word) !== undefined);
        if (length > 0) parts.push(characters.slice(at, at + length).join(""));
        at += Math.max(length, 1);
      }
      return parts;
    },

    match: (strategy, query, limit) => headwords()?.match(strategy, query, limit) ?? [],
    pick: (seed) => headwords()?.pick(seed),
  };
}

function longestWord(characters: readonly string[], at: number, isWord: (word: string) => boolean): number {
  for (let length = characters.length - at; length > 0; length--) {
    if (isWord(characters.slice(at, at + length).join(""))) return length;
  }
  return 0;
}

// The data is sorted by pinyin; names (with a capital) and references to other characters come last.
function byUse(a: Row, b: Row): number {
  return useOf(a) - useOf(b);
}

function useOf(row: Row): number {
  if (/^(?:old )?variant of |^see /.test(row.english)) return 2;
  return /^[A-Z]/.test(row.pinyin) ? 1 : 0;
}

function toEntry(row: Row, asked: string): Entry {
  const traditional = row.traditional !== row.simplified && keyOf(row.traditional) === asked;
  const [word, variant] = traditional ? [row.traditional, row.simplified] : [row.simplified, row.traditional];
  return {
    source: "cedict",
    word,
    ...(variant !== word && { variant }),
    phonetic: markTones(row.pinyin),
    definitions: row.english.split("/").map((text) => ({ text })),
  };
}
