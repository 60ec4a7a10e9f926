import type { DatabaseSync } from "node:sqlite";
import { createRecent } from "./recent.ts";

/** Who may do something in a room: `named` are those whose nickname is their own, guests are not. */
export const audiences = ["everyone", "named", "ops"] as const;
export type Audience = (typeof audiences)[number];

/** What is remembered of a room while nobody is in it. */
export interface RoomRecord {
  readonly topic: string;
  /** The key that made it. The lobby, and rooms that guests without a key made, have no owner. */
  readonly owner: string | undefined;
  readonly ownerNick: string | undefined;
  readonly inviteOnly: boolean;
  readonly speak: Audience;
  readonly topicBy: Audience;
  readonly inviteBy: Audience;
  /** Between two messages of one user; 0 for none. */
  readonly slowMs: number;
}

export type RoomRules = Pick<RoomRecord, "inviteOnly" | "speak" | "topicBy" | "inviteBy" | "slowMs">;

/** Somebody with rights in a room. */
export interface Operator {
  readonly key: string;
  readonly nick: string;
}

export interface RoomRegister {
  /**
   * Remembers a room, with its owner when it is new; past the bound, those without a topic in which nothing was ever
   * said are forgotten, then those that were left longest ago, with their messages.
   */
  remember(room: string, now: number, maker?: Operator): void;
  get(room: string): RoomRecord;
  /** The rooms that only the invited may enter. */
  inviteOnly(): ReadonlySet<string>;
  setTopic(room: string, topic: string, now: number): void;
  setRules(room: string, rules: RoomRules, now: number): void;
  operators(room: string): readonly Operator[];
  isOperator(room: string, key: string): boolean;
  addOperator(room: string, operator: Operator): void;
  /** False when it was none. */
  removeOperator(room: string, key: string): boolean;
}

export interface RoomRegisterOptions {
  /**
   * Rooms that are kept beside those in use; up to 63 more wait until they go together. Anybody may open rooms, so without
   * a bound anybody could fill the disk.
   */
  readonly maxRooms: number;
  /** Rooms that must not be forgotten: the lobby, and those with somebody inside. */
  isInUse(room: string): boolean;
  countInUse(): number;
  forgetMessages(room: string): void;
}

// Looking for the oldest ones reads all of them, so they go in strides.
const forgetStride = 64;

const unknownRoom: RoomRecord = {
  topic: "",
  owner: undefined,
  ownerNick: undefined,
  inviteOnly: false,
  speak: "everyone",
  topicBy: "everyone",
  inviteBy: "ops",
  slowMs: 0,
};

export function createRoomRegister(database: DatabaseSync, options: RoomRegisterOptions): RoomRegister {
  const upsert = database.prepare(`
    INSERT INTO rooms (name, used_at, owner, owner_nick) VALUES (?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at`);
  const count = database.prepare("SELECT count(*) AS count FROM rooms");
  // First those in which nothing ever happened: else who opens a thousand rooms makes the hub forget everybody's.
  const oldest = database.prepare(`
    SELECT name FROM rooms
    ORDER BY seq > 0 OR topic <> '' OR EXISTS (SELECT 1 FROM messages WHERE room = name), used_at, name`);
  const forget = ["ops", "sanctions", "invites"]
    .map((table) => database.prepare(`DELETE FROM ${table} WHERE room = ?`))
    .concat(database.prepare("DELETE FROM rooms WHERE name = ?"));
  const get = database.prepare("SELECT * FROM rooms WHERE name = ?");
  const closed = database.prepare("SELECT name FROM rooms WHERE invite_only = 1");
  const setTopic = database.prepare(
    "INSERT INTO rooms (name, topic, used_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET topic = excluded.topic",
  );
  const setRules = database.prepare(`
    INSERT INTO rooms (name, used_at, invite_only, speak, topic_by, invite_by, slow_ms)
    VALUES ($room, $now, $inviteOnly, $speak, $topicBy, $inviteBy, $slowMs)
    ON CONFLICT (name) DO UPDATE SET invite_only = $inviteOnly, speak = $speak, topic_by = $topicBy,
      invite_by = $inviteBy, slow_ms = $slowMs`);
  const operators = database.prepare("SELECT key, nick FROM ops WHERE room = ? ORDER BY nick");
  const addOperator = database.prepare("INSERT OR REPLACE INTO ops (room, key, nick) VALUES (?, ?, ?)");
  const removeOperator = database.prepare("DELETE FROM ops WHERE room = ? AND key = ?");

  const recentRooms = createRecent((room) => {
    const row = get.get(room);
    return row ? readRoom(row) : unknownRoom;
  });
  const recentOperators = createRecent((room): readonly Operator[] =>
    operators.all(room).map(({ key, nick }) => ({ key: String(key), nick: String(nick) })),
  );
  const changed = (room: string) => {
    recentRooms.forget(room);
    recentOperators.forget(room);
  };

  const forgettable = (except: string, most: number): readonly string[] =>
    oldest
      .all()
      .map((row) => String(row["name"]))
      .filter((name) => name !== except && !options.isInUse(name))
      .slice(0, most);

  return {
    remember(room, now, maker) {
      upsert.run(room, now, maker?.key ?? null, maker?.nick ?? null);
      changed(room);
      const tooMany = Number(count.get()?.["count"]) - options.countInUse() - options.maxRooms;
      if (tooMany < forgetStride) return;
      for (const forgotten of forgettable(room, tooMany)) {
        options.forgetMessages(forgotten);
        for (const statement of forget) statement.run(forgotten);
        changed(forgotten);
      }
    },
    get: recentRooms.get,
    inviteOnly: () => new Set(closed.all().map((row) => String(row["name"]))),
    setTopic(room, text, now) {
      setTopic.run(room, text, now);
      changed(room);
    },
    setRules(room, { inviteOnly, ...rules }, now) {
      setRules.run({ room, now, inviteOnly: inviteOnly ? 1 : 0, ...rules });
      changed(room);
    },
    operators: recentOperators.get,
    isOperator: (room, key) => recentOperators.get(room).some((operator) => operator.key === key),
    addOperator(room, { key, nick }) {
      addOperator.run(room, key, nick);
      changed(room);
    },
    removeOperator(room, key) {
      changed(room);
      return removeOperator.run(room, key).changes > 0;
    },
  };
}

function readRoom(row: Record<string, unknown>): RoomRecord {
  return {
    topic: String(row["topic"]),
    owner: typeof row["owner"] === "string" ? row["owner"] : undefined,
    ownerNick: typeof row["owner_nick"] === "string" ? row["owner_nick"] : undefined,
    inviteOnly: row["invite_only"] === 1,
    speak: audienceOf(row["speak"]),
    topicBy: audienceOf(row["topic_by"]),
    inviteBy: audienceOf(row["invite_by"]),
    slowMs: Number(row["slow_ms"]),
  };
}

function audienceOf(value: unknown): Audience {
  return audiences.find((audience) => audience === value) ?? "ops";
}
