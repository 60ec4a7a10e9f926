import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readMessage } from "./store/history.ts";
import { isRoomName, parseRoomName } from "./words/room-name.ts";

// Few enough that a hub which writes meanwhile never waits for the reader.
const pageSize = 500;

/**
 * The stored messages of one room, or of all, each as one line of JSON with `room`, `seq`, `at` (ISO 8601), `from`,
 * `kind` and `text`, and `target`, `to`, `mentions`, `editedAt` and `deletedAt` where there are any. Keys and addresses
 * stay out. A hub may run meanwhile.
 * @param directory the chat plugin's own.
 * @throws {Error} for what is no room's name, and when nothing is stored there.
 */
export function* exportMessages(directory: string, room: string | undefined): Generator<string> {
  if (room !== undefined && !isRoomName(room)) throw new Error("that is no room name");
  const file = join(directory, "history.db");
  if (!existsSync(file)) throw new Error(`there is no ${file}; no hub has run on this data`);
  const wanted = room === undefined ? undefined : parseRoomName(room);
  using database = openToRead(file);
  const rooms = database.prepare("SELECT DISTINCT room FROM messages ORDER BY room").all();
  if (wanted !== undefined && !rooms.some((row) => row["room"] === wanted))
    throw new Error(`nothing is stored of #${wanted}`);
  const page = database.prepare("SELECT * FROM messages WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?");
  for (const name of rooms.map((row) => String(row["room"]))) {
    if (wanted !== undefined && name !== wanted) continue;
    for (let seq = 0; ;) {
      const messages = page.all(name, seq, pageSize).map(readMessage);
      for (const { at, editedAt, deletedAt, ...message } of messages) {
        const times = { at, ...(editedAt && { editedAt }), ...(deletedAt && { deletedAt }) };
        const written = Object.entries(times).map(([key, time]) => [key, new Date(time).toISOString()]);
        yield JSON.stringify({ ...message, ...Object.fromEntries(written) });
      }
      const last = messages.at(-1);
      if (!last) break;
      ({ seq } = last);
    }
  }
}

/** @throws {Error} for tables of an older version, which only the hub may change. */
function openToRead(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  const { user_version: version } = database.prepare("PRAGMA user_version").get() ?? {};
  if (Number(version) >= 2) return database;
  database.close();
  throw new Error(`${file} is of an older version; start the hub once, which brings it up to date`);
}
