import type { DatabaseSync } from "node:sqlite";
import type { RoomMessage } from "@palaver/plugin-api";
import { readMessage } from "./history.ts";
import { prepareIndexWrite } from "./index-write.ts";
import { transaction } from "./schema.ts";

// Words go into the index by the hundred, which costs far less than one by one; a search first takes in what waits.
const indexStride = 256;
const maxIndexedAtOnce = 10_000;
// The index knows pieces of three characters. Shorter words, as most Chinese ones, are looked for in this many of the
// newest messages.
const indexedLength = 3;
const maxScanned = 20_000;
// Of all rooms together: "the" stands in a million messages, and the hub does nothing else while it searches.
const maxHits = 50_000;
export const maxSearchWords = 8;

/** The words of the stored messages. */
export interface Search {
  /** The newest messages in the index that hold all of these words, newest first. Case and accents do not matter. */
  find(room: string, words: readonly string[], count: number): readonly RoomMessage[];
  /** Takes all messages in that are not: before a search, and at the start, those of an older version. */
  index(): void;
  /** A message was stored: takes the new ones in when enough of them wait. */
  stored(): void;
}

export function createSearch(database: DatabaseSync): Search {
  let waiting = 0;
  const weigh = database.prepare(`
    UPDATE totals SET value = value + (
      SELECT coalesce(sum(octet_length(text) + 100), 0) FROM messages
      WHERE number > (SELECT value FROM totals WHERE name = 'indexed') AND number <= $to
    ) WHERE name = 'bytes'`);
  const take = prepareIndexWrite(
    database,
    `
    INSERT INTO words (rowid, text) SELECT number, text FROM messages
    WHERE number > (SELECT value FROM totals WHERE name = 'indexed') AND number <= $to
    AND kind IN ('say', 'me') AND deleted_at IS NULL`,
  );
  const indexed = database.prepare("SELECT value FROM totals WHERE name = 'indexed'");
  const mark = database.prepare("UPDATE totals SET value = $to WHERE name = 'indexed'");
  const highest = database.prepare("SELECT coalesce(max(number), 0) AS number FROM messages");

  const indexAll = () => {
    waiting = 0;
    const last = Number(highest.get()?.["number"]);
    for (let from = Number(indexed.get()?.["value"]); from < last; from += maxIndexedAtOnce) {
      const to = Math.min(last, from + maxIndexedAtOnce);
      transaction(database, () => {
        take({ to });
        weigh.run({ to });
        mark.run({ to });
      });
    }
  };

  return {
    find(room, words, count) {
      // The index leaves marks out.
      const long = words.filter((word) => Array.from(word.replaceAll(/\p{M}/gu, "")).length >= indexedLength);
      const short = words.filter((word) => !long.includes(word));
      const contains = short.map(() => String.raw`AND text LIKE ? ESCAPE '\'`).join(" ");
      const patterns = short.map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
      if (long.length > 0) {
        const phrase = long.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
        return database
          .prepare(
            `SELECT messages.* FROM
               (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ${maxHits}) AS hits
             CROSS JOIN messages ON number = hits.rowid
             WHERE room = ? ${contains} ORDER BY number DESC LIMIT ?`,
          )
          .all(phrase, room, ...patterns, count)
          .map(readMessage);
      }
      return database
        .prepare(
          `SELECT * FROM (SELECT * FROM messages WHERE room = ? ORDER BY seq DESC LIMIT ${maxScanned})
           WHERE kind IN ('say', 'me') AND deleted_at IS NULL ${contains} LIMIT ?`,
        )
        .all(room, ...patterns, count)
        .map(readMessage);
    },
    index: indexAll,
    stored() {
      if (++waiting >= indexStride) indexAll();
    },
  };
}
