import type { DatabaseSync } from "node:sqlite";

/** What is remembered of rooms while nobody is in them. */
export interface RoomRegister {
  /** Remembers a room; past the bound, the one that was left longest ago is forgotten, with its messages. */
  remember(room: string, now: number): void;
  topic(room: string): string;
  setTopic(room: string, topic: string, now: number): void;
}

export interface RoomRegisterOptions {
  /** Rooms with messages or a topic. Anybody may open rooms, so without a bound anybody could fill the disk. */
  readonly maxRooms: number;
  /** Rooms that must not be forgotten: the lobby, and those with somebody inside. */
  isInUse(room: string): boolean;
}

export function createRoomRegister(database: DatabaseSync, options: RoomRegisterOptions): RoomRegister {
  const upsert = database.prepare(
    "INSERT INTO rooms (name, used_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at",
  );
  const count = database.prepare("SELECT count(*) AS count FROM rooms");
  const oldest = database.prepare("SELECT name FROM rooms ORDER BY used_at, name");
  const forgetMessages = database.prepare("DELETE FROM messages WHERE room = ?");
  const forgetRoom = database.prepare("DELETE FROM rooms WHERE name = ?");
  const topic = database.prepare("SELECT topic FROM rooms WHERE name = ?");
  const setTopic = database.prepare(
    "INSERT INTO rooms (name, topic, used_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET topic = excluded.topic",
  );

  const tryFindForgettable = (except: string) => {
    for (const row of oldest.iterate()) {
      const name = String(row["name"]);
      if (name === except || options.isInUse(name)) continue;
      return name;
    }
    return undefined;
  };

  return {
    remember(room, now) {
      upsert.run(room, now);
      if (Number(count.get()?.["count"]) <= options.maxRooms) return;
      const forgotten = tryFindForgettable(room);
      if (forgotten === undefined) return;
      forgetMessages.run(forgotten);
      forgetRoom.run(forgotten);
    },
    topic: (room) => String(topic.get(room)?.["topic"] ?? ""),
    setTopic(room, text, now) {
      setTopic.run(room, text, now);
    },
  };
}
