import type { Connection } from "@palaver/client";
import type { Store } from "../store/store.ts";
import { findMentions } from "../text/mentions.ts";
import { BELL, type NotificationProtocol, notification } from "../terminal/osc.ts";

export interface NotifierOptions {
  readonly hasBell: boolean;
  /** Undefined: the desktop is not told. */
  readonly protocol: NotificationProtocol | undefined;
  write(sequence: string): void;
}

/** So close to each other only the first one rings: a flood of mentions is no alarm clock. */
const QUIET_MS = 2000;
/** Older ones are history. */
const MAX_AGE_MS = 60_000;

/** Rings the bell and tells the desktop when we are named, unless the user looks at that room anyway. */
export function notifyOfMentions(connection: Connection, store: Store, options: NotifierOptions): void {
  let rangAtMs = Number.NEGATIVE_INFINITY;
  connection.on("message", ({ room, from, text, kind, at, to }) => {
    const { nick, isFocused, rooms, shown } = store.getState();
    const now = Date.now();
    const isForUs = to === nick || findMentions(text, nick).length > 0;
    if (nick === undefined || kind === "notice" || from === nick || !isForUs || now - at > MAX_AGE_MS) return;
    const isSeen = isFocused && rooms[shown]?.name === room;
    if (isSeen || now - rangAtMs < QUIET_MS) return;
    rangAtMs = now;
    if (options.protocol !== undefined)
      options.write(notification(options.protocol, `${from} #${room}`, text));
    if (options.hasBell) options.write(BELL);
  });
}
