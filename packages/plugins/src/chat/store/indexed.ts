import type { DatabaseSync } from "node:sqlite";

/** How far the messages are in the index of words, and counted in the sum of bytes. */
export interface Indexed {
  /** Number of the last message that is. */
  upTo(): number;
  /** Number of the last message there is; 0 without any. */
  last(): number;
  mark(number: number): void;
}

export function createIndexed(database: DatabaseSync): Indexed {
  const upTo = database.prepare("SELECT value AS number FROM totals WHERE name = 'indexed'");
  const last = database.prepare("SELECT coalesce(max(number), 0) AS number FROM messages");
  const mark = database.prepare("UPDATE totals SET value = ? WHERE name = 'indexed'");
  return {
    upTo: () => Number(upTo.get()?.["number"]),
    last: () => Number(last.get()?.["number"]),
    mark: (number) => void mark.run(number),
  };
}
