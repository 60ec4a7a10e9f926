import { command, Refusal, type AnyCommand, type Caller, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, roomOf, splitRoom, type Chat } from "./chat.ts";
import { parseSpoken } from "./spoken-text.ts";
import { post } from "./talking.ts";
import { newestData, oldestData, transcriptLine } from "./transcript.ts";

const maxPrivateBytes = 2000;
const maxHistoryRows = 500;

export function createTalkCommands(chat: Chat): Record<string, AnyCommand> {
  return {
    say: command({
      summary: "Say something in your room, or in another one of yours: say #dev hello",
      args: { text: z.string() },
      run: ({ args, caller, id }) => talk(chat, caller, "say", args.text, id),
    }),
    me: command({
      summary: "Tell the room what you do: me waves",
      args: { action: z.string() },
      run: ({ args, caller, id }) => talk(chat, caller, "me", args.action, id),
    }),
    msg: command({
      summary: "Say something to one person only",
      args: { nick: z.string(), text: z.string() },
      run: ({ args, caller }) => sendPrivate(chat, caller, args.nick, args.text),
    }),
    history: command({
      summary: "Show what was said: the last messages (history 50) or those after one (history since 120)",
      args: { what: z.string().optional() },
      run: ({ args, caller }) => showHistory(chat, caller, args.what),
    }),
  };
}

function talk(chat: Chat, caller: Caller, kind: "say" | "me", given: string, id?: string): Reply | void {
  const { room: named, rest } = splitRoom(given);
  return post(chat, caller, roomOf(chat, caller, named), kind, rest, id);
}

function sendPrivate(chat: Chat, caller: Caller, to: string, raw: string): Reply {
  const from = nickOf(caller);
  // Anybody on the way could read plain text, and a text peer's address is only a claim.
  if (caller.dialect === "text") {
    throw new Refusal(
      "Private messages are for encrypted sessions; plain text can be read on the way. Use: palaver chat",
    );
  }
  const target = chat.users.find(to);
  if (!target) throw new Refusal("Nobody of that name is online. Send: /who", "NOT_FOUND");
  if (target.dialect === "text") {
    throw new Refusal(
      `${target.nick} is here in plain text, which anybody on the way can read, and gets no private messages.`,
    );
  }
  const text = parseSpoken(raw, "Your message", maxPrivateBytes);
  const at = Date.now();
  const data = { kind: "private", from, text, at };
  if (!chat.users.send(target.id, { text: `${from} (to you alone): ${text}`, data })) {
    throw new Refusal(`${target.nick} just went offline.`, "NOT_FOUND");
  }
  const reason = chat.away.reason(target.id);
  const away = reason === undefined ? "" : ` (away${reason === "" ? "" : `: ${reason}`})`;
  return { text: `To ${target.nick}${away}: ${text}`, data: { to: target.nick, at } };
}

function showHistory(chat: Chat, caller: Caller, given: string | undefined): Reply {
  const { room: named, rest } = splitRoom(given ?? "");
  const room = roomOf(chat, caller, named);
  const [, after, count] = /^(?:since\s+(\d{1,15})|(\d{1,9})|)$/.exec(rest) ?? refuseRange();
  const { history, settings } = chat;
  const seq = history.lastSeq(room);
  const rows = Math.min(Number(count ?? settings.history), maxHistoryRows);
  const messages =
    after === undefined
      ? newestData(history.newest(room, rows))
      : oldestData(history.since(room, Number(after), maxHistoryRows));
  const more = after !== undefined && (messages.at(-1)?.seq ?? seq) < seq;
  const text =
    messages.length === 0 ? `Nothing to show of #${room}.` : messages.map(transcriptLine).join("\n");
  return { text, data: { room, seq, messages, more } };
}

function refuseRange(): never {
  throw new Refusal("history takes a number of messages, or: since and the number of a message.", "INVALID");
}
