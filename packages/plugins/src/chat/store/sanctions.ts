import type { DatabaseSync } from "node:sqlite";
import { createRecent } from "./recent.ts";

export type SanctionKind = "ban" | "mute";

/** Somebody who may not enter or not speak. */
export interface Sanction {
  readonly kind: SanctionKind;
  /** What it follows, see `subjectsOf`. */
  readonly subject: string;
  /** As it was called then. */
  readonly nick: string;
  readonly by: string;
  readonly reason: string;
  readonly at: number;
  /** Milliseconds since 1970; undefined for ever. */
  readonly until: number | undefined;
}

/** Bans and mutes of all rooms. */
export interface Sanctions {
  /** Whether there may be any in a room: most have none, and this is asked at each message. */
  has(room: string): boolean;
  /** The one that holds for any of these subjects, the longest first. */
  find(room: string, kind: SanctionKind, subjects: readonly string[], now: number): Sanction | undefined;
  /**
   * False when the room has as many as it may. One that the subject has already is replaced; that of a network, which
   * guests share, is not shortened by one for another guest.
   */
  add(room: string, sanction: Sanction, now: number): boolean;
  /** Gives back how many there were. */
  remove(room: string, kind: SanctionKind, subjects: readonly string[]): number;
  /** The subjects that were sanctioned under a name. */
  subjectsNamed(room: string, kind: SanctionKind, nick: string): readonly string[];
  all(room: string, now: number): readonly Sanction[];
}

/** Bans and mutes of one room. */
export const maxSanctions = 500;

export function createSanctions(database: DatabaseSync): Sanctions {
  const add = database.prepare(`
    INSERT INTO sanctions (room, kind, subject, nick, by, reason, at, until)
    VALUES ($room, $kind, $subject, $nick, $by, $reason, $at, $until)
    ON CONFLICT (room, kind, subject) DO UPDATE
      SET nick = $nick, by = $by, reason = $reason, at = $at, until = $until
      WHERE subject NOT LIKE 'host:%' OR nick = $nick OR ($until IS NULL OR until < $until)`);
  const remove = database.prepare("DELETE FROM sanctions WHERE room = ? AND kind = ? AND subject = ?");
  const expire = database.prepare("DELETE FROM sanctions WHERE until <= ?");
  const count = database.prepare(
    "SELECT count(*) AS count FROM sanctions WHERE room = ? AND NOT (kind = ? AND subject = ?)",
  );
  const all = database.prepare("SELECT * FROM sanctions WHERE room = ? ORDER BY at, subject");
  const recent = createRecent((room): readonly Sanction[] => all.all(room).map(readSanction));
  const inForce = (room: string, now: number) =>
    recent.get(room).filter(({ until }) => until === undefined || until > now);

  return {
    find: (room, kind, subjects, now) =>
      inForce(room, now)
        .filter((one) => one.kind === kind && subjects.includes(one.subject))
        .toSorted((one, other) => (other.until ?? Infinity) - (one.until ?? Infinity))[0],
    has: (room) => recent.get(room).length > 0,
    add(room, sanction, now) {
      expire.run(now);
      if (Number(count.get(room, sanction.kind, sanction.subject)?.["count"]) >= maxSanctions) return false;
      add.run({ room, ...sanction, until: sanction.until ?? null });
      recent.forget(room);
      return true;
    },
    remove(room, kind, subjects) {
      recent.forget(room);
      return subjects.reduce((sum, subject) => sum + Number(remove.run(room, kind, subject).changes), 0);
    },
    subjectsNamed(room, kind, nick) {
      const wanted = bare(nick);
      return recent
        .get(room)
        .filter((one) => one.kind === kind && bare(one.nick) === wanted)
        .map(({ subject }) => subject);
    },
    all: inForce,
  };
}

function bare(nick: string): string {
  return nick.replace(/^~/, "").normalize("NFKC").toLowerCase();
}

function readSanction(row: Record<string, unknown>): Sanction {
  return {
    kind: row["kind"] === "ban" ? "ban" : "mute",
    subject: String(row["subject"]),
    nick: String(row["nick"]),
    by: String(row["by"]),
    reason: String(row["reason"]),
    at: Number(row["at"]),
    until: typeof row["until"] === "number" ? row["until"] : undefined,
  };
}
