import type { Result, TextCall } from "@palaver/plugin-api";
import { roomOf, type Chat } from "./chat.ts";
import { goOffline, goOnline } from "./commands/presence-commands.ts";
import { post } from "./talking.ts";

/** A port of the chat's own speaks the textbook's protocol: `online`, `offline`, and all the rest is said. */
export function handleText(chat: Chat, { text, caller }: TextCall): Result {
  const [, nick] = /^online(?:\s+(\S+))?$/.exec(text) ?? [];
  if (nick !== undefined || text === "online") {
    return goOnline(chat, caller, nick, "Say something, or send: offline");
  }
  if (text === "offline") return goOffline(chat, caller);
  return post(chat, caller, roomOf(chat, caller, undefined), { kind: "say", text }, undefined);
}
