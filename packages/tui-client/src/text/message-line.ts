import type { RoomMessage } from "@palaver/client";
import { sanitizeLine, sanitizeName } from "./sanitize.ts";
import { formatClock, formatIso } from "./time.ts";

/** `[room] HH:MM nick: text`, one line whatever the text holds. */
export function formatMessageLine(message: RoomMessage): string {
  const from = sanitizeName(message.from);
  const text = sanitizeLine(message.text);
  const said = { say: `${from}: ${text}`, me: `* ${from} ${text}`, notice: `-- ${text}` }[message.kind];
  return `[${sanitizeName(message.room)}] ${formatClock(message.at)} ${said}`;
}

/** A message as `tail --json` prints it; fields are only ever added. */
export function messageRecord(message: RoomMessage): object {
  const { room, seq, at, from, kind, text } = message;
  return { room, seq, at: formatIso(at), from, kind, text };
}
