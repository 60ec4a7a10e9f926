import type { DatabaseSync } from "node:sqlite";

/** Whose private messages and invitations somebody does not want; both are known by their keys. */
export interface Ignores {
  has(user: string, sender: string): boolean;
  /** False when there are as many as may be. @param nick as the sender is called now. */
  add(user: string, sender: string, nick: string): boolean;
  /** False when there was none under that key. */
  remove(user: string, sender: string): boolean;
  /** In the order of their names. */
  all(user: string): readonly { readonly sender: string; readonly nick: string }[];
}

const maxPerUser = 100;
// Keys cost nothing, so without a bound anybody could fill the disk.
const maxIgnores = 20_000;

export function createIgnores(database: DatabaseSync): Ignores {
  const find = database.prepare("SELECT 1 FROM ignores WHERE user = ? AND sender = ?");
  const add = database.prepare("INSERT OR REPLACE INTO ignores (user, sender, nick) VALUES (?, ?, ?)");
  const remove = database.prepare("DELETE FROM ignores WHERE user = ? AND sender = ?");
  const all = database.prepare("SELECT sender, nick FROM ignores WHERE user = ? ORDER BY nick");
  const count = database.prepare(`
    SELECT (SELECT count(*) FROM ignores WHERE user = ?) < ${maxPerUser}
      AND (SELECT count(*) FROM ignores) < ${maxIgnores} AS has_place`);
  return {
    has: (user, sender) => find.get(user, sender) !== undefined,
    add(user, sender, nick) {
      if (count.get(user)?.["has_place"] !== 1) return false;
      add.run(user, sender, nick);
      return true;
    },
    remove: (user, sender) => remove.run(user, sender).changes > 0,
    all: (user) => all.all(user).map((row) => ({ sender: String(row["sender"]), nick: String(row["nick"]) })),
  };
}
