import { command, type AnyCommand, type Caller, type HubEvents, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, noticeRate, tell, tryCurrentRoom, type Chat } from "../chat.ts";
import { enteredText, enterRoom } from "../entering.ts";
import { checkUnmuted, mayWrite } from "../rules/permits.ts";
import { tellInbox } from "./letter-commands.ts";
import { parseSpoken } from "../words/spoken-text.ts";
import { store, tryStore } from "../store/storing.ts";

const maxReasonBytes = 100;
// The reason of those who left by themselves, which need not be told.
const byRequest = "by request";

export function createPresenceCommands(chat: Chat): Record<string, AnyCommand> {
  return {
    online: command({
      summary: "Come online, under a nickname if you give one",
      args: { nick: z.string().optional() },
      rate: noticeRate,
      run: ({ args, caller }) => goOnline(chat, caller, args.nick, "Say something, or send: /help"),
    }),
    offline: command({
      summary: "Go offline",
      run: ({ caller }) => goOffline(chat, caller),
    }),
    nick: command({
      summary: "Take another nickname",
      args: { name: z.string() },
      rate: noticeRate,
      run: ({ args, caller }) => rename(chat, caller, args.name),
    }),
    away: command({
      summary: "Say that you are away, with a reason if you like; once more says that you are back",
      args: { reason: z.string().optional() },
      rate: noticeRate,
      run: ({ args, caller }) => leaveOrReturn(chat, caller, args.reason),
    }),
  };
}

/** Puts a caller online and into the lobby; whoever is online already keeps its rooms. */
export function goOnline(chat: Chat, caller: Caller, nick: string | undefined, hint: string): Reply {
  const { users, settings } = chat;
  const current = tryCurrentRoom(chat, caller);
  if (caller.online && current !== undefined) {
    if (nick !== undefined) return rename(chat, caller, nick);
    return {
      text: `You are online already, as ${caller.nick} in #${current}.`,
      data: { nick: caller.nick, room: current },
    };
  }
  // Without a name, `enter` would give a session that is in no room another one.
  const user = caller.online && nick === undefined ? caller : users.enter(caller.id, nick);
  const entered = enterRoom(chat, user, settings.lobby);
  const head = `You are online as ${user.nick} in #${settings.lobby}, ${entered.here} here. ${hint}`;
  return { text: enteredText(head, entered), data: { nick: user.nick, room: settings.lobby, ...entered } };
}

/** Takes a caller offline; once more changes nothing, because datagrams may come twice. */
export function goOffline(chat: Chat, caller: Caller): Reply {
  chat.users.leave(caller.id, byRequest);
  return "You are offline.";
}

/** Tells the rooms of somebody who went offline, whether it said so or its lease ran out. */
export function tellOffline(chat: Chat, { user, rooms, reason }: HubEvents["user:offline"]): void {
  tryStore(chat, () => chat.away.back(user.id));
  const nick = user.nick ?? "Somebody";
  const why = reason === byRequest ? "" : ` (${reason})`;
  for (const room of rooms) {
    tryStore(chat, () => chat.register.remember(room, Date.now()));
    tell(chat, room, nick, `${nick} went offline${why}`);
  }
}

function rename(chat: Chat, caller: Caller, name: string): Reply {
  const before = nickOf(caller);
  for (const room of chat.rooms.of(caller.id)) checkUnmuted(chat, room, caller);
  const { nick = before } = chat.users.enter(caller.id, name);
  if (nick !== before) {
    for (const room of chat.rooms.of(caller.id)) tell(chat, room, nick, `${before} is now ${nick}`);
  }
  return { text: `You are ${nick} now.`, data: { nick } };
}

function leaveOrReturn(chat: Chat, caller: Caller, given: string | undefined): Reply {
  const nick = nickOf(caller);
  const { away } = chat;
  const returns = given === undefined && store(chat, () => away.back(caller.id));
  const reason = given === undefined ? "" : parseSpoken(given, "The reason", maxReasonBytes);
  if (!returns) store(chat, () => away.leave(caller.id, reason));
  const state = returns ? "back" : "away";
  const what = reason === "" ? state : `${state} (${reason})`;
  for (const room of chat.rooms.of(caller.id))
    tell(chat, room, nick, `${nick} is ${mayWrite(chat, room, caller) ? what : state}`);
  if (returns) tellInbox(chat, caller);
  return { text: `You are ${what}.`, data: returns ? { away: false } : { away: true, reason } };
}
