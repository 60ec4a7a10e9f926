import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { createIndexed } from "./indexed.ts";
import { transaction } from "../../tables.ts";
import type { WordSegments } from "./word-segments.ts";

type Values = Record<string, SQLInputValue>;

// Old messages go in strides, so that most messages cost one statement.
const pruneStride = 64;
/** Between two looks at the clock and at the size. */
export const sweepEveryMs = 60_000;
// Numbers grow with time, so the first ones are the oldest, or nearly where the clock was set back.
const oldest = "SELECT number, at FROM messages ORDER BY number LIMIT 1000";

export interface RetentionLimits {
  /** Messages kept a room; up to 63 more wait for the next stride. */
  readonly perRoom: number;
  readonly maxAgeMs: number | undefined;
  /** Of all messages together; 100 bytes are counted for each beside its text. */
  readonly maxBytes: number;
}

/** Drops what is too old or too much. */
export interface Retention {
  /** After message `seq` of a room was stored. @param clock asked for the time once in a while */
  stored(room: string, seq: number, clock: () => number): void;
  /** Everything past its age, and the oldest of what is too much; the numbers of the rooms go on. */
  sweep(now: number): void;
  /** All of one room. */
  forget(room: string): void;
}

export function createRetention(
  database: DatabaseSync,
  words: WordSegments,
  limits: RetentionLimits,
): Retention {
  const bytes = database.prepare("SELECT value FROM totals WHERE name = 'bytes'");
  const chosen: { readonly [by: string]: string } = {
    room: "room = $room AND seq <= $seq",
    age: `number IN (SELECT number FROM (${oldest}) WHERE at < $before)`,
    size: `number IN (SELECT number FROM (${oldest}))`,
  };
  const removals = Object.fromEntries(
    Object.entries(chosen).map(([by, which]) => [by, prepareRemoval(database, which)]),
  );
  const indexed = createIndexed(database);
  // Where nothing is too old, nothing is written: a quiet hub leaves its disk alone.
  const findOld = database.prepare(`SELECT 1 FROM (${oldest}) WHERE at < ? LIMIT 1`);
  let sweptAtMs = 0;

  /** Gives back how many went. */
  const remove = (by: string, values: Values = {}): number =>
    transaction(database, () => {
      const removed = removals[by]?.(values) ?? 0;
      const last = indexed.last();
      if (last < indexed.upTo()) {
        // Numbers at the end are given out again, and taken into the index again.
        words.removeAfter(last);
        indexed.mark(last);
      }
      return removed;
    });

  const retention: Retention = {
    stored(room, seq, clock) {
      if (seq % pruneStride !== 0) return;
      const now = clock();
      if (seq > limits.perRoom) remove("room", { room, seq: seq - limits.perRoom });
      if (now - sweptAtMs >= sweepEveryMs || now < sweptAtMs) retention.sweep(now);
    },
    sweep(now) {
      sweptAtMs = now;
      const { maxAgeMs, maxBytes } = limits;
      const before = now - (maxAgeMs ?? Infinity);
      if (Number.isFinite(before)) while (findOld.get(before)) remove("age", { before });
      while (Number(bytes.get()?.["value"]) > maxBytes && remove("size") > 0);
      transaction(database, () => words.tidy());
    },
    forget(room) {
      remove("room", { room, seq: Number.MAX_SAFE_INTEGER });
    },
  };
  return retention;
}

/** @param which a condition on the messages that go. */
function prepareRemoval(database: DatabaseSync, which: string): (values: Values) => number {
  // A room's next number must be higher than any that was there.
  const keepCount = database.prepare(`
    INSERT INTO rooms (name, used_at, seq) SELECT room, max(at), max(seq) FROM messages WHERE ${which} GROUP BY room
    ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq)`);
  const remove = database.prepare(`DELETE FROM messages WHERE ${which}`);
  return (values) => {
    keepCount.run(values);
    return Number(remove.run(values).changes);
  };
}
