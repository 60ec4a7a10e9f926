import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Article } from "../entry.ts";
import { cleanText } from "../fold.ts";
import { createHeadwords, type Headwords } from "../headwords.ts";
import { createNearWords, type NearWords } from "../near-words.ts";
import { openDataFile } from "./data-file.ts";
import { readDictdArticle, readStarDictArticle, type ArticleParts } from "./article-text.ts";
import type { DictionaryParts } from "./parts.ts";

/** A row of the index: a headword or another spelling of one. */
export interface IndexRow {
  readonly word: string;
  readonly offset: number;
  readonly size: number;
  /** The headword, where `word` is another spelling of it; else empty. */
  readonly target: string;
}

/** An indexed dictionary: where its words are, and their texts. */
export interface IndexStore extends Disposable {
  readonly title: string;
  readonly about: string;
  rows(key: string, limit: number): readonly IndexRow[];
  /** Rows whose keys begin so, in the order of the keys. */
  range(key: string, limit: number): readonly IndexRow[];
  headwords(): Headwords;
  nearWords(): NearWords;
  /**
   * @param maxBytes of the text; of a longer one, the beginning is read.
   * @throws {Error} when the dictionary's data is damaged there.
   */
  read(row: IndexRow, maxBytes: number): ArticleParts & Article;
}

const maxAboutBytes = 16 * 1024;
/** A title is part of a status line, which has 1024 bytes. */
const maxTitleLength = 100;

/** @returns undefined when the index is not there, or was made of other files. */
export function tryOpenIndex(path: string, parts: DictionaryParts): IndexStore | undefined {
  if (!existsSync(path)) return undefined;
  using opening = new DisposableStack();
  let database: DatabaseSync;
  let meta: Record<"stamp" | "title" | "about" | "sameTypes", string | undefined>;
  try {
    database = opening.use(new DatabaseSync(path, { readOnly: true, timeout: 1000 }));
    database.exec("PRAGMA cache_size = -1024");
    const rows = database
      .prepare("SELECT name, value FROM meta WHERE name NOT IN ('headwords', 'near')")
      .all();
    meta = Object.fromEntries(rows.map((row) => [row["name"], row["value"]])) as typeof meta;
  } catch {
    // A draft of another version, or damaged: it is made again.
    return undefined;
  }
  if (meta.stamp !== parts.stamp) return undefined;
  const data = opening.use(openDataFile(parts.data));
  const columns = "SELECT word, offset, size, target FROM entry";
  const selectKey = database.prepare(`${columns} WHERE key = ? LIMIT ?`);
  const selectRange = database.prepare(`${columns} WHERE key >= ? AND key < ? || char(1114111) LIMIT ?`);
  const selectPacked = database.prepare("SELECT value FROM meta WHERE name = ?");
  const selectAbout = database.prepare("SELECT offset, size FROM about WHERE name = ?");
  const readPacked = (name: string) => selectPacked.get(name)?.["value"] as Uint8Array;
  let headwords: Headwords | undefined;
  let near: NearWords | undefined;

  const readText = (offset: number, size: number, maxBytes: number): ArticleParts => {
    const bytes = data.read(offset, Math.min(size, maxBytes));
    return parts.format === "dictd"
      ? readDictdArticle(bytes)
      : readStarDictArticle(bytes, meta.sameTypes || undefined);
  };
  const readAbout = (name: string): string => {
    const row = selectAbout.get(name);
    if (!row) return "";
    try {
      const { text } = readText(Number(row["offset"]), Number(row["size"]), maxAboutBytes);
      return text.replace(/^00-?database-?\w+\n*/, "").trim();
    } catch {
      return "";
    }
  };
  const owned = opening.move();
  return {
    title: Array.from(cleanText(meta.title ?? readAbout("short")))
      .slice(0, maxTitleLength)
      .join(""),
    about: meta.about ?? readAbout("info"),
    rows: (key, limit) => selectKey.all(key, limit) as unknown as IndexRow[],
    range: (key, limit) => selectRange.all(key, key, limit) as unknown as IndexRow[],
    headwords: () => (headwords ??= createHeadwords(readPacked("headwords"))),
    nearWords: () => (near ??= createNearWords(readPacked("near"))),
    read: (row, maxBytes) => ({
      word: row.target === "" ? row.word : row.target,
      ...readText(row.offset, row.size, maxBytes),
    }),
    [Symbol.dispose]: () => owned.dispose(),
  };
}
