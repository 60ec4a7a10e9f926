import { randomUUID } from "node:crypto";
import {
  command,
  Refusal,
  type AnyCommand,
  type Caller,
  type HubEvents,
  type Reply,
} from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, type Chat } from "../chat.ts";
import { isIgnored } from "./ignore-commands.ts";
import type { Letters, NewLetter } from "../store/letters.ts";
import { store, tryStore } from "../store/storing.ts";
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
  const count = key === undefined ? 0 : chat.letters.count(key, id).waiting;
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
  const isKept = !target || reason !== undefined;
  // Its sender is not told: it would take another name.
  const outcome = isIgnored(chat, recipient, caller)
    ? "stored"
    : deliver(chat, { recipient, sender: caller.key, from, text, at, id }, target, isKept);
  if (outcome === "full" && isKept) {
    throw new Refusal(
      `${nick} is away, and has as many messages waiting as the hub keeps. Try again later.`,
      "BUSY",
    );
  }
  const state = !target
    ? " (offline, reads it later)"
    : reason !== undefined
      ? ` (away${reason === "" ? "" : `: ${reason}`})`
      : outcome === "full"
        ? ` (not stored, since too many wait already: ${nick} may miss it)`
        : "";
  return {
    text: `To ${nick}${state}: ${text}`,
    data: { to: nick, at, kept: isKept, stored: outcome !== "full" },
  };
}

/**
 * Stores a private message and then sends it to every client of a user who is online. What it does not keep anyway (the user
 * is away or offline) waits in the inbox until one of those clients has acknowledged it: a client that was killed is online
 * for two minutes more. So nothing that was answered is lost, but for what a full box does not take: that is sent all the
 * same, since the user may well be there and read, and the sender is told.
 *
 * A client gets it twice, live and in the inbox, only where its acknowledgement never came: the session ended, or the hub, just
 * then.
 */
function deliver(
  chat: Chat,
  letter: Omit<NewLetter, "sent">,
  user: Caller | undefined,
  isKept: boolean,
): ReturnType<Letters["put"]> {
  const clients = clientsOf(chat, user).map(({ id }) => id);
  const sent = isKept ? undefined : { clients, receipt: randomUUID() };
  const outcome = store(chat, () => chat.letters.put({ ...letter, sent }));
  if (outcome === "known" || (outcome === "full" && isKept)) return outcome;
  const { from, text, at } = letter;
  const heard = { text: `${from} (to you alone): ${text}`, data: { kind: "private", from, text, at } };
  const receipt = outcome === "stored" ? sent?.receipt : undefined;
  for (const client of clients) chat.users.send(client, heard, receipt);
  return outcome;
}

/** A client has something that was sent with a receipt: a private message, if it is one of the chat's. */
export function forgetReceived(chat: Chat, { user: { key }, receipt }: HubEvents["user:received"]): void {
  if (key !== undefined) tryStore(chat, () => chat.letters.received(key, receipt));
}

/** One that was killed and the one begun since, or two machines: nobody knows which is read. */
function clientsOf({ users }: Chat, user: Caller | undefined): readonly Caller[] {
  return user === undefined ? [] : users.online().filter(({ key }) => key === user.key);
}

/** They stay until the answer's receipt has come back, so that a client that is killed meanwhile loses none. */
function readInbox(chat: Chat, caller: Caller): Reply {
  nickOf(caller);
  if (caller.key === undefined)
    throw new Refusal("Private messages are for encrypted sessions. Use: palaver chat");
  const { key } = caller;
  const receipt = randomUUID();
  const letters = store(chat, () => chat.letters.giveOut(key, caller.id, receipt, maxInboxBytes));
  const { waiting: left, underWay } = chat.letters.count(key, caller.id);
  const lines = letters.map(({ from, text, at }) => `${timeOf(at)} ${from} (to you alone): ${text}`);
  if (left > 0) lines.push(`${left} more. Send: /inbox`);
  if (lines.length === 0) {
    lines.push(
      underWay > 0
        ? `Private messages on their way to you: ${underWay}. If none comes, ask again in two minutes.`
        : "No private messages are waiting.",
    );
  }
  return {
    text: lines.join("\n"),
    data: { messages: letters, left },
    ...(letters.length > 0 && { receipt }),
  };
}
