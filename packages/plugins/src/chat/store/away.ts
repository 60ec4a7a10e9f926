import type { DatabaseSync } from "node:sqlite";

/** Who is away, and why. Kept in the database so that a reload of the plugin brings nobody back; one row a user online. */
export interface Away {
  /** The reason, perhaps empty; undefined for who is there. */
  reason(userId: string): string | undefined;
  leave(userId: string, reason: string): void;
  /** False when the user was not away. */
  back(userId: string): boolean;
}

/** @param isOnline who is not online any more (the hub was killed) is not away either. */
export function createAway(database: DatabaseSync, isOnline: (userId: string) => boolean): Away {
  const find = database.prepare("SELECT reason FROM away WHERE user = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO away (user, reason) VALUES (?, ?)");
  const remove = database.prepare("DELETE FROM away WHERE user = ?");
  for (const row of database.prepare("SELECT user FROM away").all()) {
    const user = String(row["user"]);
    if (!isOnline(user)) remove.run(user);
  }
  return {
    reason(userId) {
      const row = find.get(userId);
      return row && String(row["reason"]);
    },
    leave(userId, reason) {
      insert.run(userId, reason);
    },
    // Asked at each message: a look costs half of a deletion that finds nothing.
    back: (userId) => find.get(userId) !== undefined && remove.run(userId).changes > 0,
  };
}
