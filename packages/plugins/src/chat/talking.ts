import type { Caller, StructuredReply } from "@palaver/plugin-api";
import { nickOf, type Chat } from "./chat.ts";
import { parseSpoken } from "./spoken-text.ts";
import { store, tryStore } from "./storing.ts";

const maxMessageBytes = 2000;

/** Stores a message and gives it to everyone in the room, in this order: nobody reads what a crash could take back. */
export function post(
  chat: Chat,
  caller: Caller,
  room: string,
  kind: "say" | "me",
  raw: string,
  id: string | undefined,
): StructuredReply | void {
  // Asked again after a broken connection: it is stored, and everyone has it.
  const before = id === undefined ? undefined : chat.history.find(id);
  if (before) return { text: "", data: { room: before.room, seq: before.seq, at: before.at } };
  const text = parseSpoken(raw, "Your message", maxMessageBytes);
  const message = { room, at: Date.now(), from: nickOf(caller), kind, text };
  const seq = store(chat, () => chat.history.append({ ...message, key: caller.key, id }));
  chat.rooms.publish({ ...message, seq });
  tryStore(chat, () => chat.history.prune(room, seq));
  // Text peers are answered by the message itself, which the room sends to its author too.
  return caller.dialect === "text" ? undefined : { text: "", data: { room, seq, at: message.at } };
}
