import { command, Refusal, type AnyCommand, type Caller, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, type Chat } from "../chat.ts";
import { isIgnored } from "./ignore-commands.ts";
import { store } from "../store/storing.ts";
import { parseSpoken } from "../words/spoken-text.ts";
import { timeOf } from "../words/transcript.ts";

const maxPrivateBytes = 2000;
// A reply's data holds 64 KiB of JSON, in which a text may grow to six times its bytes at worst, to hardly more as a rule.
const maxInboxBytes = 10_000;

/** From one person to another. */
export function createLetterCommands(chat: Chat): Record<string, AnyCommand> {
  return {
    msg: command({
      summary: "Say something to one person only; who is away or offline reads it later; in sessions only",
      args: { nick: z.string(), text: z.string() },
      run: ({ args, caller, id }) => sendPrivate(chat, caller, args.nick, args.text, id),
    }),
    inbox: command({
      summary: "Read the private messages that came while you were away; in sessions only",
      run: ({ caller }) => readInbox(chat, caller),
    }),
  };
}

/** Tells somebody who comes online, or is back, what waits for it. */
export function tellInbox(chat: Chat, { id, key }: Caller): void {
  const count = key === undefined ? 0 : chat.letters.waiting(key);
  if (count === 0) return;
  const messages = count === 1 ? "a private message" : `${count} private messages`;
  chat.users.send(id, `* You have ${messages} from while you were away. Send: /inbox`);
}

function sendPrivate(chat: Chat, caller: Caller, to: string, raw: string, id: string | undefined): Reply {
  const from = nickOf(caller);
  // Anybody on the way could read plain text, and a text peer's address is only a claim.
  if (caller.dialect === "text" || caller.key === undefined) {
    throw new Refusal(
      "Private messages are for encrypted sessions; plain text can be read on the way. Use: palaver chat",
    );
  }
  const target = chat.users.find(to);
  if (target?.dialect === "text") {
    throw new Refusal(
      `${target.nick} is here in plain text, which anybody on the way can read, and gets no private messages.`,
    );
  }
  const recipient = target?.key ?? chat.users.keyOf(to);
  if (recipient === undefined) throw new Refusal("Nobody of that name is online. Send: /who", "NOT_FOUND");
  const text = parseSpoken(raw, "Your message", maxPrivateBytes);
  const tooFast = chat.pace.take(caller, performance.now());
  if (tooFast !== undefined) throw new Refusal(tooFast, "BUSY");
  const at = Date.now();
  const reason = target && chat.away.reason(target.id);
  const nick = target?.nick ?? to;
  // Its sender is not told: it would take another name.
  const isUnwanted = isIgnored(chat, recipient, caller);
  const isKept = !target || reason !== undefined;
  if (isKept && !isUnwanted) keep(chat, { recipient, sender: caller.key, from, text, at, id }, nick);
  const data = { kind: "private", from, text, at };
  const heard = { text: `${from} (to you alone): ${text}`, data };
  const isHeard =
    isUnwanted ||
    clientsOf(chat, target).filter(({ id: client }) => chat.users.send(client, heard)).length > 0;
  if (!isHeard && !isKept) throw new Refusal(`${nick} just went offline.`, "NOT_FOUND");
  const state = !target
    ? " (offline, reads it later)"
    : reason === undefined
      ? ""
      : ` (away${reason === "" ? "" : `: ${reason}`})`;
  return { text: `To ${nick}${state}: ${text}`, data: { to: nick, at, kept: isKept } };
}

/** One that was killed and the one begun since, or two machines: nobody knows which is read. */
function clientsOf({ users }: Chat, user: Caller | undefined): readonly Caller[] {
  return user === undefined ? [] : users.online().filter(({ key }) => key === user.key);
}

type Kept = Parameters<Chat["letters"]["put"]>[0];

function keep(chat: Chat, letter: Kept, nick: string): void {
  if (store(chat, () => chat.letters.put(letter)) === "stored") return;
  throw new Refusal(
    `${nick} is away, and has as many messages waiting as the hub keeps. Try again later.`,
    "BUSY",
  );
}

function readInbox(chat: Chat, caller: Caller): Reply {
  nickOf(caller);
  if (caller.key === undefined)
    throw new Refusal("Private messages are for encrypted sessions. Use: palaver chat");
  const { key } = caller;
  const letters = store(chat, () => chat.letters.take(key, maxInboxBytes));
  const left = chat.letters.waiting(key);
  const lines = letters.map(({ from, text, at }) => `${timeOf(at)} ${from} (to you alone): ${text}`);
  if (lines.length === 0) lines.push("No private messages are waiting.");
  if (left > 0) lines.push(`${left} more. Send: /inbox`);
  return { text: lines.join("\n"), data: { messages: letters, left } };
}
