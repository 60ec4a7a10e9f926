import type { DatabaseSync, SQLInputValue } from "node:sqlite";

type Values = Record<string, SQLInputValue>;

/**
 * Prepares a statement that writes to the index of words.
 *
 * FTS5 keeps rows of its own whose numbers are past 2^53, and leaves the last of them behind as the connection's
 * last_insert_rowid: from then on `run` of any statement throws ERR_OUT_OF_RANGE. So this one is not `run`, and an insert
 * with a small number follows.
 */
export function prepareIndexWrite(database: DatabaseSync, sql: string): (values: Values) => void {
  const statement = database.prepare(sql);
  const insertSmall = database.prepare("INSERT OR REPLACE INTO small_number (number) VALUES (1)");
  return (values) => {
    statement.all(values);
    insertSmall.run();
  };
}
