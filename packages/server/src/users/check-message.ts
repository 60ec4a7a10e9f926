import { Refusal, type RoomMessage } from "@palaver/plugin-api";
import { cleanText, MAX_MENTIONS, MAX_NICK_BYTES, MAX_TEXT_BYTES } from "@palaver/protocol";
import { checkRoomName } from "./room-name.ts";

const kinds: ReadonlySet<unknown> = new Set<RoomMessage["kind"]>([
  "say",
  "me",
  "notice",
  "edit",
  "delete",
  "react",
  "unreact",
]);

/**
 * What a plugin publishes, as it may go to terminals. It is encoded later, in the hub's own context, where nothing must
 * throw any more.
 * @throws {Refusal} TOO_LARGE for texts that no record holds: how long they are may be up to a user.
 * @throws {TypeError} for what is no message.
 */
export function checkedMessage(message: RoomMessage): RoomMessage {
  const { room, from, text, to, mentions } = message;
  const checked = {
    ...message,
    from: cleaned("from", from, MAX_NICK_BYTES),
    text: cleaned("text", text, MAX_TEXT_BYTES),
    ...(to !== undefined && { to: cleaned("to", to, MAX_NICK_BYTES) }),
    ...(mentions !== undefined && { mentions: cleanedMentions(mentions) }),
  };
  const { seq, at, kind, target = 0, editedAt = 0, deletedAt = 0 } = checked;
  if (!kinds.has(kind)) throw new TypeError("a message has one of the seven kinds");
  for (const [name, value] of Object.entries({ seq, at, target, editedAt, deletedAt }))
    if (!isCount(value)) throw new TypeError(`a message's ${name} is a whole number from 0`);
  checkRoomName(room);
  return checked;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

function cleanedMentions(mentions: unknown): readonly string[] {
  if (!Array.isArray(mentions)) throw new TypeError("a message's mentions are a list of names");
  return mentions.slice(0, MAX_MENTIONS).map((nick) => cleaned("mentions", nick, MAX_NICK_BYTES));
}

function cleaned(name: string, value: unknown, maxBytes: number): string {
  if (typeof value !== "string") throw new TypeError(`a message's ${name} is text`);
  const text = cleanText(value);
  // A character has three bytes at most.
  if (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes)
    throw new Refusal(`The message is too long: its ${name} has more than ${maxBytes} bytes.`, "TOO_LARGE");
  return text;
}
