import type { Connection, ConnectionEvents } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import { sanitizeLine } from "../text/sanitize.ts";

/** Says, when asked at the end, which messages the hub does not have: those that wait on disk, and those that are lost. */
export function watchWaiting(connection: Connection, words: Words): () => string {
  let queue: ConnectionEvents["queue"] = { length: 0 };
  connection.on("queue", (now) => (queue = now));
  return () => {
    const { length, unkept = [] } = queue;
    const kept = length - unkept.length;
    const told = kept > 0 ? [words.keptForNextTime(kept)] : [];
    if (unkept.length > 0) {
      told.push(words.lostAtEnd(unkept.length), ...unkept.map(({ room, text }) => `#${room}: ${text}`));
    }
    return told.map((line) => `palaver: ${sanitizeLine(line)}\n`).join("");
  };
}
