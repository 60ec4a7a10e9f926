import { cleanText, type RoomStreamMessage } from "@palaver/protocol";
import type { RoomChange, RoomMessage } from "../connection.ts";

const KINDS = { say: "say", action: "me", notice: "notice" } as const;

type Wire<T extends RoomStreamMessage["type"]> = Extract<RoomStreamMessage, { type: T }>;

/** What came before a message, when it is about that message. */
type About = Wire<"about"> | undefined;

/** A message as the application gets it, with nothing in it that could drive a terminal. */
export function toMessage(room: string, message: Wire<"message">, about: About): RoomMessage {
  const { seq, atMs: at, kind } = message;
  const from = cleanText(message.from);
  const text = cleanText(message.text, { newlines: true });
  const heard: RoomMessage = { room, seq, at, from, kind: KINDS[kind], text };
  if (about?.seq !== seq || seq === 0) return heard;
  const { replyTo, to, mentions, editedAtMs: editedAt, deletedAtMs: deletedAt } = about;
  return {
    ...heard,
    ...(replyTo !== undefined && { replyTo }),
    ...(to !== undefined && { to: cleanText(to) }),
    ...(mentions && { mentions: mentions.map((nick) => cleanText(nick)) }),
    ...(editedAt !== undefined && { editedAt }),
    ...(deletedAt !== undefined && { deletedAt }),
  };
}

/** Undefined for what a later version does with messages, and for an edit that another change has followed already. */
export function tryChange(room: string, change: Wire<"change">, about: About): RoomChange | undefined {
  const { seq, atMs: at, action, target } = change;
  if (action === "unknown" || action === "reply") return undefined;
  const from = cleanText(change.from);
  const text = cleanText(change.text, { newlines: true });
  if (action === "edit" && text === "") return undefined;
  const to = about?.seq === seq ? about.to : undefined;
  return { room, seq, at, from, action, target, text, ...(to !== undefined && { to: cleanText(to) }) };
}
