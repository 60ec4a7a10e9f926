import type { DatabaseSync } from "node:sqlite";
import type { RoomMessage } from "@palaver/plugin-api";

// Old messages go in strides, so that most messages cost one statement.
const pruneStride = 64;

type NewMessage = Omit<RoomMessage, "seq"> & {
  readonly key: string | undefined;
  readonly id: string | undefined;
};

/** The stored messages of all rooms. The insert gives out the room's next number, so two instances never differ. */
export interface History {
  /** Stores a message and gives back its number. @throws {Error} when it is not stored. */
  append(message: NewMessage): number;
  /** The message that came with this request id, if it is stored already. */
  find(id: string): RoomMessage | undefined;
  /** Drops what is too old once message `seq` is stored. */
  prune(room: string, seq: number): void;
  /** The newest `count` messages of a room, oldest first. */
  newest(room: string, count: number): readonly RoomMessage[];
  /** The first `count` messages after number `seq`, oldest first. */
  since(room: string, seq: number, count: number): readonly RoomMessage[];
  /** The number of the room's last message; 0 before the first. */
  lastSeq(room: string): number;
}

/** @param keep messages kept a room; up to 63 more wait for the next stride. */
export function createHistory(database: DatabaseSync, keep: number): History {
  const insert = database.prepare(`
    INSERT INTO messages (room, seq, at, nick, kind, text, key, id)
    VALUES ($room, (SELECT coalesce(max(seq), 0) + 1 FROM messages WHERE room = $room), $at, $nick, $kind, $text, $key, $id)
    RETURNING seq`);
  const byId = database.prepare("SELECT * FROM messages WHERE id = ?");
  const prune = database.prepare("DELETE FROM messages WHERE room = ? AND seq <= ?");
  const newest = database.prepare("SELECT * FROM messages WHERE room = ? ORDER BY seq DESC LIMIT ?");
  const since = database.prepare("SELECT * FROM messages WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
  const last = database.prepare("SELECT coalesce(max(seq), 0) AS seq FROM messages WHERE room = ?");

  return {
    append({ room, at, from, kind, text, key, id }) {
      const row = insert.get({ room, at, nick: from, kind, text, key: key ?? null, id: id ?? null });
      return Number(row?.["seq"]);
    },
    find(id) {
      const row = byId.get(id);
      return row && readMessage(row);
    },
    prune(room, seq) {
      if (seq % pruneStride === 0 && seq > keep) prune.run(room, seq - keep);
    },
    newest: (room, count) => newest.all(room, count).map(readMessage).toReversed(),
    since: (room, seq, count) => since.all(room, seq, count).map(readMessage),
    lastSeq: (room) => Number(last.get(room)?.["seq"]),
  };
}

function readMessage(row: Record<string, unknown>): RoomMessage {
  return {
    room: String(row["room"]),
    seq: Number(row["seq"]),
    at: Number(row["at"]),
    from: String(row["nick"]),
    kind: row["kind"] === "me" ? "me" : "say",
    text: String(row["text"]),
  };
}
