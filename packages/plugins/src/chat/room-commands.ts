import { command, type AnyCommand, type Caller, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, noticeRate, roomOf, splitRoom, tell, tryCurrentRoom, type Chat } from "./chat.ts";
import { enteredText, enterRoom } from "./entering.ts";
import { parseRoomName } from "./room-name.ts";
import { parseSpoken } from "./spoken-text.ts";
import { store, tryStore } from "./storing.ts";

const maxTopicBytes = 300;
// Rows of `who` and `rooms`; a reply's data holds 64 KiB.
const maxRows = 200;

const optionalRoom = { room: z.string().optional() };

export function createRoomCommands(chat: Chat): Record<string, AnyCommand> {
  return {
    join: command({
      summary: "Enter a room, or talk in one that you are in",
      args: { room: z.string() },
      rate: noticeRate,
      run: ({ args, caller }) => join(chat, caller, args.room),
    }),
    part: command({
      summary: "Leave a room",
      args: optionalRoom,
      rate: noticeRate,
      run: ({ args, caller }) => part(chat, caller, args.room),
    }),
    rooms: command({
      summary: "List the rooms with somebody in them",
      run: () => listRooms(chat),
    }),
    who: command({
      summary: "List who is in a room",
      args: optionalRoom,
      run: ({ args, caller }) => who(chat, caller, args.room),
    }),
    topic: command({
      summary: "Show the room's topic, or set it; a lone - clears it",
      args: { text: z.string().optional() },
      rate: noticeRate,
      run: ({ args, caller }) => showOrSetTopic(chat, caller, args.text),
    }),
  };
}

function join(chat: Chat, caller: Caller, named: string): Reply {
  nickOf(caller);
  const room = parseRoomName(named);
  const entered = enterRoom(chat, caller, room);
  return {
    text: enteredText(`You are in #${room}, ${entered.here} here.`, entered),
    data: { room, ...entered },
  };
}

function part(chat: Chat, caller: Caller, named: string | undefined): Reply {
  const room = roomOf(chat, caller, named);
  const nick = nickOf(caller);
  chat.rooms.part(room, caller.id);
  tryStore(chat, () => chat.register.remember(room, Date.now()));
  tell(chat, room, nick, `${nick} left`);
  const current = tryCurrentRoom(chat, caller);
  const next = current === undefined ? `Send: /join ${chat.settings.lobby}` : `You talk in #${current} now.`;
  return { text: `You left #${room}. ${next}`, data: { room, current } };
}

function listRooms(chat: Chat): Reply {
  const all = chat.rooms
    .names()
    .map((name) => ({ name, users: chat.rooms.members(name).length }))
    .toSorted((one, other) => other.users - one.users || (one.name < other.name ? -1 : 1));
  const rows = all.slice(0, maxRows);
  const lines = rows.map(({ name, users }) => {
    const about = chat.register.topic(name);
    return about === "" ? `#${name} ${users}` : `#${name} ${users} – ${about}`;
  });
  if (all.length === 0) lines.push("Nobody is in any room.");
  if (all.length > maxRows) lines.push(`and ${all.length - maxRows} more`);
  return {
    text: lines.join("\n"),
    data: { rooms: rows, total: all.length },
  };
}

function who(chat: Chat, caller: Caller, named: string | undefined): Reply {
  const current = tryCurrentRoom(chat, caller) ?? chat.settings.lobby;
  const room = named === undefined ? current : parseRoomName(named);
  const members = chat.rooms.members(room);
  const users = members.slice(0, maxRows).map(({ id, nick }) => {
    const reason = chat.away.reason(id);
    return reason === undefined ? { nick, state: "online" } : { nick, state: "away", reason };
  });
  const names = users.map(({ nick, state, reason }) => {
    return state === "online" ? nick : `${nick} (away${reason ? `: ${reason}` : ""})`;
  });
  const more = members.length > maxRows ? ` and ${members.length - maxRows} more` : "";
  const text =
    members.length === 0
      ? `Nobody is in #${room}.`
      : `#${room}, ${members.length} here: ${names.join(", ")}${more}`;
  return { text, data: { room, users, total: members.length } };
}

function showOrSetTopic(chat: Chat, caller: Caller, given: string | undefined): Reply {
  const { room: named, rest } = splitRoom(given ?? "");
  const room = roomOf(chat, caller, named);
  if (rest === "") {
    const text = chat.register.topic(room);
    return {
      text: text === "" ? `#${room} has no topic.` : `Topic of #${room}: ${text}`,
      data: { room, topic: text },
    };
  }
  const text = rest === "-" ? "" : parseSpoken(rest, "The topic", maxTopicBytes);
  store(chat, () => chat.register.setTopic(room, text, Date.now()));
  const nick = nickOf(caller);
  tell(chat, room, nick, text === "" ? `${nick} cleared the topic` : `${nick} set the topic: ${text}`);
  return { text: text === "" ? "The topic is cleared." : "The topic is set.", data: { room, topic: text } };
}
