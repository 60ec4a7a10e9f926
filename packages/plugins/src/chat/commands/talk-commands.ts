import { command, fittingRows, Refusal, type AnyCommand, type Caller, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { roomOf, type Chat } from "../chat.ts";
import { maxSearchWords } from "../store/search.ts";
import { tryStore } from "../store/storing.ts";
import { splitRoom } from "../words/target.ts";
import { post } from "../talking.ts";
import { newestData, numberedLine } from "../words/transcript.ts";

const maxHistoryRows = 500;
const maxFound = 20;
const maxSearchLength = 200;

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
    history: command({
      summary: "Show what was said: the last messages (history 50) or those after one (history since 120)",
      args: { what: z.string().optional() },
      run: ({ args, caller }) => showHistory(chat, caller, args.what),
    }),
    search: command({
      summary: "Find what was said in the room: the newest messages that hold all these words",
      args: { words: z.string() },
      rate: { limit: 30, windowMs: 60_000 },
      run: ({ args, caller }) => search(chat, caller, args.words),
    }),
  };
}

function talk(chat: Chat, caller: Caller, kind: "say" | "me", given: string, id?: string): Reply | void {
  const { room: named, rest } = splitRoom(given);
  return post(chat, caller, roomOf(chat, caller, named), { kind, text: rest }, id);
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
      : fittingRows(history.since(room, Number(after), maxHistoryRows));
  const more = after !== undefined && (messages.at(-1)?.seq ?? seq) < seq;
  const said = messages.filter(({ kind }) => kind === "say" || kind === "me");
  const text = said.length === 0 ? `Nothing to show of #${room}.` : said.map(numberedLine).join("\n");
  return { text, data: { room, seq, messages, more } };
}

function refuseRange(): never {
  throw new Refusal("history takes a number of messages, or: since and the number of a message.", "INVALID");
}

function search(chat: Chat, caller: Caller, given: string): Reply {
  const { room: named, rest } = splitRoom(given);
  const room = roomOf(chat, caller, named);
  const words = [...new Set(rest.normalize("NFC").split(/\s+/).filter(Boolean))];
  if (words.length === 0) throw new Refusal("Say what to look for: search green build", "INVALID");
  if (words.length > maxSearchWords || rest.length > maxSearchLength) {
    throw new Refusal(
      `A search has at most ${maxSearchWords} words and ${maxSearchLength} characters.`,
      "INVALID",
    );
  }
  // On a full disk what was said lately may be missing.
  tryStore(chat, () => chat.search.index());
  const found = chat.search.find(room, words, maxFound);
  const messages = fittingRows(found);
  const lines = messages.map(numberedLine);
  const text = lines.length === 0 ? `Nobody said that in #${room}, as far as it is kept.` : lines.join("\n");
  return { text, data: { room, messages } };
}
