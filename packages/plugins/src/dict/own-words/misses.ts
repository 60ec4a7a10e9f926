import type { DatabaseSync } from "node:sqlite";
import { foldText } from "../fold.ts";

/** A word that was asked for and not found. */
export interface Miss {
  readonly word: string;
  readonly count: number;
  /** Milliseconds since 1970, of the last time. */
  readonly at: number;
}

/** Counts what is not found, so that operators see which words to add. Nobody who asked is remembered. */
export interface Misses extends Disposable {
  count(text: string, now: number): void;
  /** Those asked for most. */
  top(limit: number): readonly Miss[];
  /** The word is there now. */
  forget(word: string): void;
}

/** Longer texts are no words that anybody would add. */
const maxLength = 48;
const maxRows = 10_000;
/** Words between two writes; more are not counted. */
const maxPending = 1000;
const writeEveryMs = 30_000;

/** Counts are written now and then, and at the end; a killed hub loses half a minute. @param database stays the caller's. */
export function openMisses(database: DatabaseSync): Misses {
  database.exec(`CREATE TABLE IF NOT EXISTS miss (
    word TEXT PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL
  ) WITHOUT ROWID`);
  const add = database.prepare(
    "INSERT INTO miss VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count, at = excluded.at",
  );
  const select = database.prepare(
    "SELECT word, count, at FROM miss ORDER BY count DESC, at DESC, word LIMIT ?",
  );
  const remove = database.prepare("DELETE FROM miss WHERE word = ?");
  // The rarest go first, and of those the oldest.
  const trim = database.prepare(
    `DELETE FROM miss WHERE word IN (SELECT word FROM miss ORDER BY count DESC, at DESC LIMIT -1 OFFSET ${maxRows})`,
  );
  const pending = new Map<string, { count: number; at: number }>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    if (pending.size === 0) return;
    try {
      database.exec("BEGIN");
      for (const [word, { count, at }] of pending) add.run(word, count, at);
      trim.run();
      database.exec("COMMIT");
      pending.clear();
    } catch {
      // A full disk. Counts are worth no fault: they wait for the next time. The added words share the connection.
      if (database.isTransaction) database.exec("ROLLBACK");
    }
  };

  return {
    count(text, now) {
      const word = foldText(text);
      // Another server may answer when the plugin is gone.
      if (isClosed || word.length > maxLength) return;
      const before = pending.get(word);
      if (!before && pending.size >= maxPending) return;
      pending.set(word, { count: (before?.count ?? 0) + 1, at: now });
      timer ??= setTimeout(write, writeEveryMs).unref();
    },
    top(limit) {
      write();
      return select.all(limit) as unknown as Miss[];
    },
    forget(word) {
      pending.delete(foldText(word));
      try {
        remove.run(foldText(word));
      } catch {
        // A full disk: it is forgotten when the others are in its way.
      }
    },
    [Symbol.dispose]() {
      write();
      isClosed = true;
    },
  };
}
