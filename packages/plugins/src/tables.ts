import type { DatabaseSync } from "node:sqlite";

export interface Tables {
  /** The file, and whose tables they are, for the error. */
  readonly file: string;
  readonly whose: string;
  /** One step for each version of the tables; a database goes through those that it has not had. Append only. */
  readonly steps: readonly string[];
}

/**
 * Brings the tables to this version, step by step, each in one transaction; workers that come at once take turns.
 * @throws {Error} for a database of a later version, which this one would not understand.
 */
export function bringUp(database: DatabaseSync, { file, whose, steps }: Tables): void {
  const version = versionOf(database);
  if (version > steps.length) {
    throw new Error(
      `${file} has version ${version} of the ${whose} tables, and this palaver knows ${steps.length}; run the newer palaver, or give it another data directory`,
    );
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    transaction(database, () => {
      if (versionOf(database) === index) database.exec(`${step} PRAGMA user_version = ${index + 1};`);
    });
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}

/** All of it or nothing; a part of the transaction that is open, if one is. It holds no other. */
export function transaction<T>(database: DatabaseSync, act: () => T): T {
  const isPart = database.isTransaction;
  database.exec(isPart ? "SAVEPOINT part" : "BEGIN IMMEDIATE");
  try {
    const result = act();
    database.exec(isPart ? "RELEASE part" : "COMMIT");
    return result;
  } catch (error) {
    // A full disk has ended the transaction already.
    if (database.isTransaction) database.exec(isPart ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK");
    throw error;
  }
}
