import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { RoomMessage } from "@palaver/plugin-api";
import { transaction } from "../../tables.ts";
import type { WordSegments } from "./word-segments.ts";

/** Who somebody is beyond its name. */
export interface Author {
  readonly key: string | undefined;
  /** Guests only: the network they came from. */
  readonly host: string | undefined;
  /** Of the hub, at that time. */
  readonly isOperator: boolean;
}

export type NewMessage = Omit<RoomMessage, "seq"> & { readonly id: string | undefined } & Author;

/** A message as it is stored. */
export interface StoredMessage {
  readonly message: RoomMessage;
  readonly author: Author;
}

export interface Reactions {
  readonly last: RoomMessage | undefined;
  readonly count: number;
}

/** The stored messages of all rooms. The insert gives out the room's next number, so two instances never differ. */
export interface History {
  /**
   * Stores a message and gives back its number; undefined when one with its request id is stored already.
   * @param before the room's last number, where the transaction that is open has given it out: it need not be looked for.
   * @throws {Error} when it is not stored.
   */
  append(message: NewMessage, before?: number): number | undefined;
  /**
   * Stores a message that had its number already, under another one where that was given out again meanwhile: the database
   * did not know of it.
   * @throws {Error} when it is not stored.
   */
  restore(message: NewMessage, seq: number): void;
  /**
   * Stores an edit or a deletion, and does it: the text before is gone from the message and from its earlier edits.
   * @throws {Error} when it is not stored; then nothing has changed.
   */
  change(change: NewMessage & { readonly target: number }): number;
  /** The message that came with this request id, if it is stored already. */
  find(id: string): RoomMessage | undefined;
  get(room: string, seq: number): StoredMessage | undefined;
  /** The last thing said in a room by one of these, or by anybody but `except`. */
  lastBy(room: string, by: { readonly key: string } | { readonly nick: string }): StoredMessage | undefined;
  last(room: string): StoredMessage | undefined;
  /** The newest `count` messages of a room, oldest first, as they read now: without the changes. */
  newest(room: string, count: number): readonly RoomMessage[];
  /** The first `count` messages after number `seq`, oldest first. */
  since(room: string, seq: number, count: number): readonly RoomMessage[];
  /** The number of the room's last message; 0 before the first. */
  lastSeq(room: string): number;
  /** What a user did last with one emoji at a message, and how often it has reacted to that message in all. */
  reactions(room: string, target: number, key: string, emoji: string): Reactions;
}

// Who looks for somebody's last message looks among this many.
const maxLookBack = 2000;
const lastSeqOf = (room: string) => `max(
  coalesce((SELECT max(seq) FROM messages WHERE room = ${room}), 0),
  coalesce((SELECT seq FROM rooms WHERE name = ${room}), 0))`;

export function createHistory(database: DatabaseSync, words: WordSegments): History {
  // Values by their places: by names they take 4 µs of 30.
  const insert = database.prepare(`
    INSERT INTO messages (room, seq, at, nick, kind, text, key, host, operator, id, target, target_nick, mentions)
    VALUES (?1, ${lastSeqOf("?1")} + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT (id) WHERE id IS NOT NULL DO NOTHING RETURNING seq`);
  const insertNext = database.prepare(`
    INSERT INTO messages (room, at, nick, kind, text, key, host, operator, id, target, target_nick, mentions, seq)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) WHERE id IS NOT NULL DO NOTHING`);
  const insertAgain = database.prepare(`
    INSERT INTO messages (room, at, nick, kind, text, key, host, operator, id, target, target_nick, mentions, seq)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const byId = database.prepare("SELECT * FROM messages WHERE id = ?");
  const bySeq = database.prepare("SELECT * FROM messages WHERE room = ? AND seq = ?");
  const newest = database.prepare(
    "SELECT * FROM messages WHERE room = ? AND kind IN ('say', 'me') ORDER BY seq DESC LIMIT ?",
  );
  const since = database.prepare("SELECT * FROM messages WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
  const last = database.prepare(`SELECT ${lastSeqOf("$room")} AS seq`);
  const lastSaid = (who: string) =>
    database.prepare(`
      SELECT * FROM messages WHERE room = $room AND seq > ${lastSeqOf("$room")} - ${maxLookBack}
      AND kind IN ('say', 'me') AND deleted_at IS NULL AND ${who} ORDER BY seq DESC LIMIT 1`);
  const lastByKey = lastSaid("key = $key");
  const lastByNick = lastSaid("nick = $nick COLLATE NOCASE");
  const lastByAnybody = lastSaid("true");
  const edit = database.prepare(
    "UPDATE messages SET text = $text, mentions = $mentions, edited_at = $at WHERE room = $room AND seq = $target",
  );
  const erase = database.prepare(
    "UPDATE messages SET text = '', mentions = NULL, deleted_at = $at WHERE room = $room AND seq = $target",
  );
  const eraseEdits = database.prepare(
    "UPDATE messages SET text = '', mentions = NULL WHERE room = $room AND target = $target AND kind = 'edit'",
  );
  const targetOf = database.prepare(`
    SELECT number, number <= (SELECT value FROM totals WHERE name = 'indexed') AS indexed FROM messages
    WHERE room = ? AND seq = ?`);
  const reacted = "room = ? AND target = ? AND key = ? AND kind IN ('react', 'unreact')";
  const countReactions = database.prepare(`SELECT count(*) AS count FROM messages WHERE ${reacted}`);
  const lastReaction = database.prepare(
    `SELECT * FROM messages WHERE ${reacted} AND text = ? ORDER BY seq DESC LIMIT 1`,
  );

  const append = (message: NewMessage, before?: number) => {
    // Half the price: nothing is looked for, and no row comes back.
    if (before !== undefined)
      return insertNext.run(...valuesOf(message), before + 1).changes === 0 ? undefined : before + 1;
    const row = insert.get(...valuesOf(message));
    return row && Number(row["seq"]);
  };
  const readStored = (row: Record<string, unknown> | undefined): StoredMessage | undefined =>
    row && {
      message: readMessage(row),
      author: {
        key: textOr(row["key"], undefined),
        host: textOr(row["host"], undefined),
        isOperator: row["operator"] === 1,
      },
    };

  return {
    append,
    restore(message, seq) {
      if (insertAgain.run(...valuesOf(message), seq).changes === 0) append(message);
    },
    change(change) {
      const { room, target, at, text, kind, mentions } = change;
      return transaction(database, () => {
        const changed = targetOf.get(room, target);
        const indexed = changed?.["indexed"] === 1 ? Number(changed["number"]) : undefined;
        if (indexed !== undefined) words.remove(indexed);
        eraseEdits.run({ room, target });
        if (kind === "delete") erase.run({ room, target, at });
        else edit.run({ room, target, at, text, mentions: namesOf(mentions) });
        if (indexed !== undefined && kind !== "delete") words.add(indexed);
        const seq = append(change);
        if (seq === undefined) throw new Error("a change with this request id is stored already");
        return seq;
      });
    },
    find(id) {
      const row = byId.get(id);
      return row && readMessage(row);
    },
    get: (room, seq) => readStored(bySeq.get(room, seq)),
    lastBy: (room, by) =>
      readStored("key" in by ? lastByKey.get({ room, ...by }) : lastByNick.get({ room, ...by })),
    last: (room) => readStored(lastByAnybody.get({ room })),
    newest: (room, count) => newest.all(room, count).map(readMessage).toReversed(),
    since: (room, seq, count) => since.all(room, seq, count).map(readMessage),
    lastSeq: (room) => Number(last.get({ room })?.["seq"]),
    reactions(room, target, key, emoji) {
      const row = lastReaction.get(room, target, key, emoji);
      return {
        last: row && readMessage(row),
        count: Number(countReactions.get(room, target, key)?.["count"]),
      };
    },
  };
}

const kinds: readonly RoomMessage["kind"][] = ["say", "me", "edit", "delete", "react", "unreact"];

/** A row of the table as everybody gets it: without keys and addresses. */
export function readMessage(row: Record<string, unknown>): RoomMessage {
  const optional = {
    target: numberOr(row["target"], undefined),
    to: textOr(row["target_nick"], undefined),
    mentions: typeof row["mentions"] === "string" ? (JSON.parse(row["mentions"]) as string[]) : undefined,
    editedAt: numberOr(row["edited_at"], undefined),
    deletedAt: numberOr(row["deleted_at"], undefined),
  };
  const message: RoomMessage = {
    room: String(row["room"]),
    seq: Number(row["seq"]),
    at: Number(row["at"]),
    from: String(row["nick"]),
    kind: kinds.find((kind) => kind === row["kind"]) ?? "say",
    text: String(row["text"]),
  };
  const known = Object.entries(optional).filter(([, value]) => value !== undefined);
  return known.length === 0 ? message : { ...message, ...Object.fromEntries(known) };
}

function valuesOf(message: NewMessage): SQLInputValue[] {
  const { room, at, from, kind, text, key, host, isOperator, id, target, to, mentions } = message;
  const author = [key ?? null, host ?? null, isOperator ? 1 : 0];
  return [room, at, from, kind, text, ...author, id ?? null, target ?? null, to ?? null, namesOf(mentions)];
}

const namesOf = (mentions: readonly string[] | undefined) => (mentions ? JSON.stringify(mentions) : null);
const textOr = <T>(value: unknown, other: T) => (typeof value === "string" ? value : other);
const numberOr = <T>(value: unknown, other: T) => (typeof value === "number" ? value : other);
