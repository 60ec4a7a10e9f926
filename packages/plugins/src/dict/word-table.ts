import { createReadStream } from "node:fs";
import { isUtf8 } from "node:buffer";
import { parseDefinitions } from "./definitions.ts";
import type { Entry, Query, Source } from "./entry.ts";
import { cleanText, foldText, keyOf } from "./fold.ts";
import { createHeadwords, packHeadwords, type Headwords } from "./headwords.ts";
import { createNearWords, packWords, type NearWords } from "./near-words.ts";

const maxLineBytes = 4096;
const maxEntries = 1_000_000;
/** Of a larger table only the first words are looked through for near words and lists. */
const maxScannedWords = 100_000;
const newline = 10;

/** A line of an operator's file. */
export interface Word {
  readonly word: string;
  readonly translation: string;
}

/** The words of one of the operator's files. */
export type WordTable = Source & { readonly size: number };

/** Words by key; most keys have one word, `resign` and `re-sign` share theirs. */
export type Words = Map<string, readonly Word[]>;

/**
 * Reads a file of `word:translation` lines: UTF-8, blank lines and lines that begin with `#` are skipped, a word
 * that comes again adds its translation.
 * @param onBadLine is told the number of a line that was skipped, and why.
 */
export async function readWordTable(
  path: string,
  signal: AbortSignal,
  onBadLine: (line: number, reason: string) => void,
): Promise<WordTable> {
  const words: Words = new Map();
  let count = 0;
  let line = 0;
  let rest: Buffer = Buffer.alloc(0);

  const take = (bytes: Buffer) => {
    line++;
    const parsed = parseLine(line === 1 ? withoutMark(bytes) : bytes);
    if (parsed === undefined) return;
    if (typeof parsed === "string") onBadLine(line, parsed);
    else if (count >= maxEntries) onBadLine(line, `there are more than ${maxEntries} words`);
    else if (addWord(words, parsed)) count++;
  };

  for await (const chunk of createReadStream(path, { signal })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      take(bytes.subarray(start, end));
      start = end + 1;
    }
    // Of a line that is too long already, enough is kept to be refused for its length.
    rest = bytes.subarray(start, start + maxLineBytes + 2);
  }
  if (rest.length > 0) take(rest);
  return createWordTable(words, count);
}

/** @returns the word, undefined for a line without one, or why the line is refused. */
function parseLine(bytes: Buffer): Word | string | undefined {
  if (bytes.length > maxLineBytes) return `the line is longer than ${maxLineBytes} bytes`;
  if (!isUtf8(bytes)) return "the line is not UTF-8";
  const text = cleanText(bytes.toString("utf8"));
  return text === "" || text.startsWith("#") ? undefined : parseWord(text);
}

/** Reads `word:translation`. @returns why it is refused, when it is. */
export function parseWord(text: string): Word | string {
  const colon = text.search(/[:：]/u);
  if (colon < 0) return 'there is no ":" between word and translation';
  const word = text.slice(0, colon).trim();
  const translation = text.slice(colon + 1).trim();
  if (word === "") return 'there is no word before the ":"';
  if (translation === "") return 'there is no translation after the ":"';
  return { word, translation };
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** @returns false when the word was there already; it then has one more translation. */
export function addWord(words: Words, added: Word): boolean {
  const key = keyOf(added.word);
  const others = words.get(key) ?? [];
  const folded = foldText(added.word);
  const same = others.find((other) => foldText(other.word) === folded);
  if (!same) {
    words.set(key, [...others, added]);
    return true;
  }
  const translation = `${same.translation}; ${added.translation}`;
  if (!same.translation.split("; ").includes(added.translation) && translation.length <= maxLineBytes) {
    words.set(key, [...others.filter((other) => other !== same), { word: same.word, translation }]);
  }
  return false;
}

/** @param words must not change any more: what is found out about them is kept. */
export function createWordTable(words: Words, size: number): WordTable {
  let near: NearWords | undefined;
  let packed: Headwords | undefined;
  const allWords = () => words.values().flatMap((found) => found.map(({ word }) => word));
  return {
    name: "files",
    title: "The operator's own words",
    size,

    find(query) {
      const found = words.get(query.key);
      if (!found) return [];
      const exact = found.find((one) => foldText(one.word) === query.folded);
      return [toEntry(exact ?? found[0]!)];
    },

    list(prefix, limit) {
      return words
        .entries()
        .take(maxScannedWords)
        .filter(([key]) => key.startsWith(prefix.key))
        .take(limit)
        .map(([, [first]]) => toEntry(first!))
        .toArray();
    },

    near(query: Query, limit: number) {
      near ??= createNearWords(packWords(words.keys().take(maxScannedWords)));
      return near.find(query.key, limit).flatMap((key) => words.get(key)?.[0]?.word ?? []);
    },

    match(strategy, query, limit) {
      packed ??= createHeadwords(packHeadwords(allWords().take(maxScannedWords)));
      return packed.match(strategy, query, limit);
    },

    pick(seed) {
      const scanned = Math.min(words.size, maxScannedWords);
      return scanned === 0
        ? undefined
        : words
            .values()
            .drop(seed % scanned)
            .next().value?.[0]?.word;
    },
  };
}

function toEntry({ word, translation }: Word): Entry {
  return { source: "files", word, definitions: parseDefinitions(translation) };
}
