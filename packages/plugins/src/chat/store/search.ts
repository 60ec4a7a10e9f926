import type { DatabaseSync } from "node:sqlite";
import type { RoomMessage } from "@palaver/plugin-api";
import { readMessage } from "./history.ts";
import { createIndexed } from "./indexed.ts";
import { transaction } from "../../tables.ts";
import { readTogether } from "./schema.ts";
import type { WordSegments } from "./word-segments.ts";

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

/** What the index does not know. */
interface Filter {
  readonly condition: string;
  readonly patterns: readonly string[];
}

export function createSearch(database: DatabaseSync, words: WordSegments): Search {
  let waiting = 0;
  const weigh = database.prepare(`
    UPDATE totals SET value = value + (
      SELECT coalesce(sum(octet_length(text) + 100), 0) FROM messages
      WHERE number > (SELECT value FROM totals WHERE name = 'indexed') AND number <= $to
    ) WHERE name = 'bytes'`);
  const indexed = createIndexed(database);

  /** Gives back whether more wait. */
  const indexSome = () => {
    const from = indexed.upTo();
    const last = indexed.last();
    if (from >= last) return false;
    const to = Math.min(last, from + maxIndexedAtOnce);
    words.take(from, to);
    weigh.run({ to });
    indexed.mark(to);
    return to < last;
  };
  const indexAll = () => {
    waiting = 0;
    // Looked at first: a transaction waits for its turn to write.
    if (indexed.upTo() >= indexed.last()) return;
    while (transaction(database, indexSome));
  };

  /** Segment by segment, until `count` are found or `maxHits` messages that hold the words were looked at. */
  const findInIndex = (phrase: string, room: string, filter: Filter, count: number) => {
    const found: Record<string, unknown>[] = [];
    let hitsLeft = maxHits;
    const tables = words.tables();
    for (const table of tables) {
      const hits = `FROM ${table} WHERE ${table} MATCH ?`;
      found.push(
        ...database
          .prepare(
            `SELECT messages.* FROM (SELECT rowid ${hits} ORDER BY rowid DESC LIMIT ?) AS hits
             CROSS JOIN messages ON number = hits.rowid
             WHERE room = ? ${filter.condition} ORDER BY number DESC LIMIT ?`,
          )
          .all(phrase, hitsLeft, room, ...filter.patterns, count - found.length),
      );
      // What an older version left is one segment of everything: to count is half of what it costs to search that.
      if (found.length >= count || table === tables.at(-1)) break;
      const looked = database.prepare(`SELECT count(*) AS count FROM (SELECT 1 ${hits} LIMIT ?)`);
      hitsLeft -= Number(looked.get(phrase, hitsLeft)?.["count"]);
      if (hitsLeft <= 0) break;
    }
    return found.map(readMessage);
  };

  return {
    find(room, wanted, count) {
      // The index leaves marks out.
      const long = wanted.filter(
        (word) => Array.from(word.replaceAll(/\p{M}/gu, "")).length >= indexedLength,
      );
      const short = wanted.filter((word) => !long.includes(word));
      const filter = {
        condition: short.map(() => String.raw`AND text LIKE ? ESCAPE '\'`).join(" "),
        patterns: short.map((word) => `%${word.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`),
      };
      if (long.length > 0) {
        const phrase = long.map((word) => `"${word.replaceAll('"', '""')}"`).join(" ");
        return readTogether(database, () => findInIndex(phrase, room, filter, count));
      }
      return database
        .prepare(
          `SELECT * FROM (SELECT * FROM messages WHERE room = ? ORDER BY seq DESC LIMIT ${maxScanned})
           WHERE kind IN ('say', 'me') AND deleted_at IS NULL ${filter.condition} LIMIT ?`,
        )
        .all(room, ...filter.patterns, count)
        .map(readMessage);
    },
    index: indexAll,
    stored() {
      if (++waiting >= indexStride) indexAll();
    },
  };
}
