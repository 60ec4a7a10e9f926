import type { RoomMessage } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import { tryComing } from "./coming.ts";
import { sanitizeLine, sanitizeName } from "./sanitize.ts";
import { formatClock, formatIso } from "./time.ts";

/** `[room] HH:MM nick: text`, one line whatever the text holds. */
export function formatMessageLine(message: RoomMessage, words: Words): string {
  const from = sanitizeName(message.from);
  const to = message.replyTo === undefined || message.to === undefined ? "" : `@${sanitizeName(message.to)} `;
  const coming = message.kind === "notice" ? tryComing(from, sanitizeLine(message.text)) : undefined;
  const said = coming === undefined ? sanitizeLine(message.text) : words.coming(coming);
  const text = message.deletedAt === undefined ? to + said : words.deleted;
  const line = { say: `${from}: ${text}`, me: `* ${from} ${text}`, notice: `-- ${text}` }[message.kind];
  return `[${sanitizeName(message.room)}] ${formatClock(message.at)} ${line}`;
}

/** A message as `tail --json` prints it; fields are only ever added. */
export function messageRecord(message: RoomMessage): object {
  const { room, seq, at, from, kind, text, replyTo, mentions, editedAt, deletedAt } = message;
  return {
    room,
    seq,
    at: formatIso(at),
    from,
    kind,
    text,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(mentions === undefined ? {} : { mentions }),
    ...(editedAt === undefined ? {} : { editedAt: formatIso(editedAt) }),
    ...(deletedAt === undefined ? {} : { deletedAt: formatIso(deletedAt) }),
  };
}
