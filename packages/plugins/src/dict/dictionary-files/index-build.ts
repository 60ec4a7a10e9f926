import { renameSync } from "node:fs";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { cleanText, keyOf } from "../fold.ts";
import { packHeadwords } from "../headwords.ts";
import { packWords } from "../near-words.ts";
import { openDataFile } from "./data-file.ts";
import { readDictdIndex, readStarDictIndex, readSynonyms, type IndexEntry } from "./index-entries.ts";
import { type DictionaryParts, locateParts } from "./parts.ts";
import { readStarDictInfo } from "./stardict-info.ts";

const maxEntries = 5_000_000;
/** Near words of a misspelt one are looked for among these, which takes 6 ms. */
const maxNearWords = 100_000;
/** Rows in the order of their keys are written fastest; these many are sorted at a time. */
const batchRows = 20_000;

/**
 * Indexes a dictionary's headwords into a database of its own, so that look-ups need no memory for them. The texts
 * stay where they are.
 * @param draft where the database is written.
 * @param target where it then appears, whole or not at all.
 * @throws {Error} naming the file that is damaged, and where.
 */
export async function buildIndex(main: string, draft: string, target: string): Promise<void> {
  const parts = locateParts(main);
  using data = openDataFile(parts.data);
  {
    using database = new DatabaseSync(draft);
    // Nobody reads the draft, and one that was cut is thrown away. A journal beside it would be left behind; node's
    // databases refuse to have none.
    database.exec(`
      PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384;
      CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) WITHOUT ROWID;
      CREATE TABLE entry (key TEXT, word TEXT, offset INTEGER, size INTEGER, target TEXT,
        PRIMARY KEY (key, word, offset, size)) WITHOUT ROWID;
      CREATE TABLE about (name TEXT PRIMARY KEY, offset INTEGER, size INTEGER) WITHOUT ROWID;
      BEGIN`);
    await (parts.format === "stardict" ? importStarDict : importDictd)(database, parts, data.maxBytes);
    const words = database.prepare("SELECT DISTINCT word FROM entry ORDER BY key, word").iterate();
    const packed = packHeadwords(words.map((row) => String(row["word"])));
    const save = database.prepare("INSERT INTO meta VALUES (?, ?)");
    save.run("headwords", packed);
    // Short words are those that people use, and mistype.
    const keys = database.prepare("SELECT DISTINCT key FROM entry ORDER BY length(key), key LIMIT ?");
    save.run("near", packWords(keys.iterate(maxNearWords).map((row) => String(row["key"]))));
    save.run("stamp", parts.stamp);
    database.exec("COMMIT");
  }
  renameSync(draft, target);
}

async function importStarDict(
  database: DatabaseSync,
  parts: DictionaryParts,
  maxBytes: number,
): Promise<void> {
  const info = readStarDictInfo(parts.main);
  const name = basename(parts.index);
  const rows = createRows(database);
  let bytes = 0;
  // The offsets, sizes and words of all entries would fill the memory; synonyms find them in the database.
  const numbered = parts.synonyms === undefined ? undefined : createNumbered(database);
  for await (const entry of readStarDictIndex(parts.index, info.offsetBytes)) {
    check(entry, maxBytes, name);
    bytes += Buffer.byteLength(entry.word) + 1 + info.offsetBytes + 4;
    rows.add(entry);
    numbered?.add(entry);
  }
  if (bytes !== info.indexBytes) {
    throw new Error(`${name} holds ${bytes} bytes, but ${basename(parts.main)} says ${info.indexBytes}`);
  }
  if (parts.synonyms !== undefined) {
    for await (const { word, entry } of readSynonyms(parts.synonyms)) {
      const target = numbered?.get(entry);
      if (!target) {
        throw new Error(`${basename(parts.synonyms)} names entry ${entry}, which ${name} does not have`);
      }
      rows.add({ ...target, word }, target.word);
    }
  }
  rows.flush();
  database.exec("DROP TABLE IF EXISTS numbered");
  saveMeta(database, { title: info.title, about: info.about, sameTypes: info.sameTypes ?? "" });
}

function createNumbered(database: DatabaseSync) {
  database.exec(
    "CREATE TEMP TABLE numbered (number INTEGER PRIMARY KEY, word TEXT, offset INTEGER, size INTEGER)",
  );
  const insert = database.prepare("INSERT INTO numbered VALUES (?, ?, ?, ?)");
  const select = database.prepare("SELECT word, offset, size FROM numbered WHERE number = ?");
  let number = 0;
  return {
    add: ({ word, offset, size }: IndexEntry) => void insert.run(number++, word, offset, size),
    get: (wanted: number) => select.get(wanted) as IndexEntry | undefined,
  };
}

async function importDictd(database: DatabaseSync, parts: DictionaryParts, maxBytes: number): Promise<void> {
  const rows = createRows(database);
  const saveAbout = database.prepare("INSERT OR REPLACE INTO about VALUES (?, ?, ?)");
  for await (const entry of readDictdIndex(parts.index)) {
    check(entry, maxBytes, basename(parts.index));
    // What dictfmt(1) tells of the dictionary itself stands among the headwords.
    const about = /^00-?database-?(.+)$/.exec(entry.word)?.[1];
    if (about === undefined) rows.add(entry);
    else saveAbout.run(about, entry.offset, entry.size);
  }
  rows.flush();
}

/** An entry that points behind the data would be found out at its look-up only. */
function check({ word, offset, size }: IndexEntry, maxBytes: number, name: string): void {
  if (offset + size <= maxBytes) return;
  const shown = JSON.stringify(cleanText(word.slice(0, 40)));
  throw new Error(`${name} is damaged: ${shown} lies behind the end of the dictionary's data`);
}

function createRows(database: DatabaseSync) {
  const insert = database.prepare("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?)");
  let batch: { key: string; word: string; offset: number; size: number; target: string }[] = [];
  let count = 0;
  const flush = () => {
    batch.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { key, word, offset, size, target } of batch) insert.run(key, word, offset, size, target);
    batch = [];
  };
  return {
    flush,
    add({ word: raw, offset, size }: IndexEntry, target = "") {
      // Those without a word count too: a synonym may name any.
      if (++count > maxEntries) throw new Error(`there are more than ${maxEntries} entries`);
      const word = cleanText(raw);
      if (word === "") return;
      batch.push({ key: keyOf(word), word, offset, size, target: cleanText(target) });
      if (batch.length >= batchRows) flush();
    },
  };
}

function saveMeta(database: DatabaseSync, values: Readonly<Record<string, string>>): void {
  const save = database.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)");
  for (const [name, value] of Object.entries(values)) save.run(name, value);
}
