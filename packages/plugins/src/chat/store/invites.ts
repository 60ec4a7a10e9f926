import type { DatabaseSync } from "node:sqlite";

/** Who may enter a room that only the invited may; it holds until it is taken back. */
export interface Invites {
  has(room: string, subjects: readonly string[]): boolean;
  /** Past the bound the oldest one of the room goes. */
  add(room: string, subject: string, nick: string, now: number): void;
  remove(room: string, subject: string): void;
}

const maxInvites = 500;

export function createInvites(database: DatabaseSync): Invites {
  const find = database.prepare("SELECT 1 FROM invites WHERE room = ? AND subject = ?");
  const add = database.prepare(
    "INSERT OR REPLACE INTO invites (room, subject, nick, at) VALUES (?, ?, ?, ?)",
  );
  const remove = database.prepare("DELETE FROM invites WHERE room = ? AND subject = ?");
  const trim = database.prepare(`
    DELETE FROM invites WHERE room = $room AND subject NOT IN
      (SELECT subject FROM invites WHERE room = $room ORDER BY at DESC, subject LIMIT ${maxInvites})`);
  return {
    has: (room, subjects) => subjects.some((subject) => find.get(room, subject) !== undefined),
    add(room, subject, nick, now) {
      add.run(room, subject, nick, now);
      trim.run({ room });
    },
    remove(room, subject) {
      remove.run(room, subject);
    },
  };
}
