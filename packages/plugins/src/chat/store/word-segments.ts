import type { DatabaseSync } from "node:sqlite";
import { prepareIndexWrite } from "./index-write.ts";

export interface SegmentSizes {
  /** A new segment begins when the numbers in the last one reach over so many. */
  readonly numbers: number;
  /** Two neighbours that hold no more messages than this together become one, which takes 50 ms for 4096. */
  readonly merged: number;
}

const usualSizes: SegmentSizes = { numbers: 16_384, merged: 4096 };

/**
 * The index of words, cut into segments by the messages' numbers. A message that is dropped stays in its segment, where no
 * search finds it, until the whole segment goes: to take it out of an FTS5 index cost as much as to store it, with halts of
 * 75 ms (docs/performance.md). Call everything that writes within a transaction.
 */
export interface WordSegments {
  /** Takes in the messages after number `from`, up to `to`. */
  take(from: number, to: number): void;
  /** Takes one message in. */
  add(number: number): void;
  /** Takes one message out, whose words nobody shall find any more. */
  remove(number: number): void;
  /** Takes out what is after this number, since such numbers will be given out again. */
  removeAfter(number: number): void;
  /** Drops the segments whose messages are all gone, and looks whether two others can be one; `take` does so too. */
  tidy(): void;
  /** Names of the tables, the newest messages first. */
  tables(): readonly string[];
}

interface Segment {
  readonly id: number;
  /** The lowest number in it; it reaches up to the next one's. */
  readonly first: number;
}

export function createWordSegments(database: DatabaseSync, sizes = usualSizes): WordSegments {
  const all = database.prepare("SELECT id, first FROM segments ORDER BY first");
  const newest = database.prepare("SELECT id, first FROM segments ORDER BY first DESC LIMIT 1");
  const holding = database.prepare(
    "SELECT id, first FROM segments WHERE first <= ? ORDER BY first DESC LIMIT 1",
  );
  const begin = database.prepare("INSERT INTO segments (id, first) VALUES (?, ?)");
  const end = database.prepare("DELETE FROM segments WHERE id = ?");
  const countLive = database.prepare(
    `SELECT count(*) AS count FROM
       (SELECT 1 FROM messages WHERE number >= ? AND number < ? LIMIT ${sizes.merged + 1})`,
  );
  const findLive = database.prepare("SELECT 1 FROM messages WHERE number >= ? AND number < ? LIMIT 1");
  const highestId = database.prepare("SELECT max(id) AS id FROM segments");
  const segmentOf = (row: Record<string, unknown> | undefined): Segment | undefined =>
    row && { id: Number(row["id"]), first: Number(row["first"]) };
  const segments = () => all.all().map((row) => segmentOf(row)!);

  // Of the segment written to last.
  let prepared: { readonly id: number; readonly insert: ReturnType<typeof prepareIndexWrite> } | undefined;
  const insertInto = (id: number) => {
    if (prepared?.id !== id) {
      const insert = prepareIndexWrite(
        database,
        `INSERT INTO ${tableOf(id)} (rowid, text) SELECT number, text FROM messages
         WHERE number > $from AND number <= $to AND kind IN ('say', 'me') AND deleted_at IS NULL`,
      );
      prepared = { id, insert };
    }
    return prepared.insert;
  };
  const create = (first: number): Segment => {
    const id = Number(highestId.get()?.["id"] ?? 0) + 1;
    database.exec(`CREATE VIRTUAL TABLE ${tableOf(id)} USING fts5 (
      text, content = '', contentless_delete = 1, detail = 'full', tokenize = 'trigram remove_diacritics 1'
    )`);
    begin.run(id, first);
    return { id, first };
  };
  const drop = ({ id }: Segment) => {
    if (prepared?.id === id) prepared = undefined;
    database.exec(`DROP TABLE ${tableOf(id)}`);
    end.run(id);
  };
  const liveBetween = (first: number, before: number) => Number(countLive.get(first, before)?.["count"]);

  /** All before the last, which is still written to. */
  const closed = () => {
    const found = segments();
    return found.slice(0, -1).map((segment, index) => ({ ...segment, before: found[index + 1]!.first }));
  };
  let lookedAt = 0;
  /** Looks at one pair a time: to count a segment reads all of its messages. */
  const mergeOnePair = () => {
    const pairs = closed();
    lookedAt = lookedAt + 1 < pairs.length ? lookedAt + 1 : 1;
    const [one, other] = [pairs[lookedAt - 1], pairs[lookedAt]];
    if (!one || !other) return;
    const live = liveBetween(one.first, one.before);
    if (live + liveBetween(other.first, other.before) > sizes.merged) return;
    drop(one);
    drop(other);
    const { id } = create(one.first);
    insertInto(id)({ from: one.first - 1, to: other.before - 1 });
  };

  const tidy = () => {
    for (const segment of closed()) if (!findLive.get(segment.first, segment.before)) drop(segment);
    mergeOnePair();
  };

  return {
    take(from, to) {
      let last = segmentOf(newest.get());
      if (!last || from + 1 - last.first >= sizes.numbers) {
        last = create(from + 1);
        tidy();
      }
      insertInto(last.id)({ from, to });
    },
    add(number) {
      const segment = segmentOf(holding.get(number));
      if (segment) insertInto(segment.id)({ from: number - 1, to: number });
    },
    remove(number) {
      const segment = segmentOf(holding.get(number));
      if (segment)
        prepareIndexWrite(database, `DELETE FROM ${tableOf(segment.id)} WHERE rowid = $number`)({ number });
    },
    removeAfter(number) {
      for (const segment of segments().toReversed()) {
        // Message by message, 400,000 would take two seconds.
        if (!findLive.get(segment.first, number + 1)) {
          drop(segment);
          continue;
        }
        prepareIndexWrite(database, `DELETE FROM ${tableOf(segment.id)} WHERE rowid > $number`)({ number });
        return;
      }
    },
    tidy,
    tables: () =>
      segments()
        .toReversed()
        .map(({ id }) => tableOf(id)),
  };
}

function tableOf(id: number): string {
  return `words_${id}`;
}
