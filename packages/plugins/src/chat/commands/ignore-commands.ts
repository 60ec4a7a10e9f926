import { command, Refusal, type AnyCommand, type Caller, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, type Chat } from "../chat.ts";
import { store } from "../store/storing.ts";

/** What one does about somebody who writes too much to oneself alone. */
export function createIgnoreCommands(chat: Chat): Record<string, AnyCommand> {
  return {
    ignore: command({
      summary:
        "Get no private messages and invitations of somebody any more; without a name, list whose; in sessions only",
      args: { nick: z.string().optional() },
      run: ({ args, caller }) =>
        args.nick === undefined ? list(chat, caller) : ignore(chat, caller, args.nick),
    }),
    unignore: command({
      summary: "Get somebody's private messages again; in sessions only",
      args: { nick: z.string() },
      run: ({ args, caller }) => unignore(chat, caller, args.nick),
    }),
  };
}

/** Whether somebody's private messages and invitations are unwanted there. */
export function isIgnored({ ignores }: Chat, recipient: string | undefined, sender: Caller): boolean {
  return recipient !== undefined && sender.key !== undefined && ignores.has(recipient, sender.key);
}

function ignore(chat: Chat, caller: Caller, name: string): Reply {
  const own = keyOf(caller);
  const user = chat.users.find(name);
  const sender = user ? user.key : chat.users.keyOf(name);
  const nick = user?.nick ?? name;
  if (user && sender === undefined)
    throw new Refusal(`${nick} is here in plain text, and sends no private messages.`);
  if (sender === undefined) throw new Refusal("Nobody of that name is known. Send: /who", "NOT_FOUND");
  if (sender === own) throw new Refusal("That is you.", "INVALID");
  if (!store(chat, () => chat.ignores.add(own, sender, nick)))
    throw new Refusal("You ignore as many as the hub remembers. Send: /ignore, then /unignore", "BUSY");
  return { text: `You get no private messages of ${nick} any more.`, data: { nick } };
}

function unignore(chat: Chat, caller: Caller, name: string): Reply {
  const own = keyOf(caller);
  const bare = name.toLowerCase();
  const known = chat.ignores.all(own).find(({ nick }) => nick.toLowerCase() === bare);
  // Somebody may have taken another name since.
  const sender = known?.sender ?? chat.users.find(name)?.key ?? chat.users.keyOf(name);
  if (sender === undefined || !store(chat, () => chat.ignores.remove(own, sender)))
    throw new Refusal("You ignore nobody of that name. Send: /ignore", "NOT_FOUND");
  const nick = known?.nick ?? name;
  return { text: `You get private messages of ${nick} again.`, data: { nick } };
}

function list(chat: Chat, caller: Caller): Reply {
  const nicks = chat.ignores.all(keyOf(caller)).map(({ nick }) => nick);
  const text = nicks.length === 0 ? "You ignore nobody." : `You ignore: ${nicks.join(", ")}`;
  return { text, data: { nicks } };
}

/** @throws {Refusal} for text peers, who get no private messages anyway. */
function keyOf(caller: Caller): string {
  nickOf(caller);
  if (caller.key !== undefined) return caller.key;
  throw new Refusal("Private messages are for encrypted sessions. Use: palaver chat");
}
