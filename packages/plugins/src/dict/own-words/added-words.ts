import type { DatabaseSync } from "node:sqlite";
import { Refusal } from "@palaver/plugin-api";
import { cleanText, keyOf, toQuery } from "../fold.ts";
import { addWord, createWordTable, parseWord, type WordTable, type Words } from "../word-table.ts";

/** Words that users with the role added while the hub ran. They win over all others. */
export interface AddedWords {
  table(): WordTable;
  /** Looks, once a second at most, whether another instance of the plugin (another worker of the hub) changed them. */
  refresh(): void;
  /**
   * Adds a `word:translation`; a word that is there gets the new translation instead.
   * @throws {Refusal} INVALID when it is none, TOO_LARGE when it is too long or there are too many, BUSY when the disk is
   * full.
   */
  add(text: string, by: string, now: number): string;
  /** False when there is no such word. @throws {Refusal} BUSY when the disk is full. */
  remove(word: string): boolean;
}

const maxWords = 10_000;
const maxWordLength = 100;
const maxTranslationLength = 1000;
const refreshEveryMs = 1000;

/** @param database stays the caller's. @param onChange is called after a word came or went. */
export function openAddedWords(database: DatabaseSync, onChange: () => void): AddedWords {
  database.exec(`CREATE TABLE IF NOT EXISTS added (
    key TEXT PRIMARY KEY, word TEXT NOT NULL, translation TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL
  ) WITHOUT ROWID`);
  const select = database.prepare("SELECT word, translation FROM added");
  const insert = database.prepare("INSERT OR REPLACE INTO added VALUES (?, ?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM added WHERE key = ?");

  const read = (): WordTable => {
    const words: Words = new Map();
    let size = 0;
    for (const row of select.iterate()) {
      if (addWord(words, { word: String(row["word"]), translation: String(row["translation"]) })) size++;
    }
    return createWordTable(words, size);
  };
  // Of the whole database; misses are written into it as well.
  const readVersion = database.prepare("PRAGMA data_version");
  const readStamp = database.prepare("SELECT count(*) || ' ' || coalesce(sum(at), 0) AS stamp FROM added");
  const version = () => readVersion.get()?.["data_version"];
  const stamp = () => readStamp.get()?.["stamp"];
  let seen = version();
  let table = read();
  let known = stamp();
  let isFresh = false;
  const changed = () => {
    table = read();
    known = stamp();
    onChange();
  };

  return {
    table: () => table,

    refresh() {
      if (isFresh) return;
      isFresh = true;
      setTimeout(() => (isFresh = false), refreshEveryMs).unref();
      try {
        const now = version();
        if (now === seen) return;
        if (stamp() !== known) changed();
        seen = now;
      } catch {
        // Somebody else has the database, or a reload closed it: what is known is good for another second.
      }
    },

    add(text, by, now) {
      const parsed = parseWord(cleanText(text));
      if (typeof parsed === "string") throw new Refusal(`Nothing was added: ${parsed}.`, "INVALID");
      const { word, translation } = parsed;
      if (word.length > maxWordLength || translation.length > maxTranslationLength) {
        const bounds = `${maxWordLength} characters a word, ${maxTranslationLength} a translation`;
        throw new Refusal(`Nothing was added: it is longer than ${bounds}.`, "TOO_LARGE");
      }
      const isKnown = table.find(toQuery(word)).length > 0;
      if (!isKnown && table.size >= maxWords) {
        throw new Refusal(
          `Nothing was added: there are ${maxWords} words already; put them into a file.`,
          "TOO_LARGE",
        );
      }
      store("added", () => insert.run(keyOf(word), word, translation, by, now));
      changed();
      return word;
    },

    remove(word) {
      if (store("removed", () => remove.run(keyOf(word))).changes === 0) return false;
      changed();
      return true;
    },
  };
}

function store<T>(what: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const message = `Nothing was ${what}: the hub could not store it. Its disk may be full; tell the operator.`;
    throw new Refusal(message, "BUSY", { cause });
  }
}
