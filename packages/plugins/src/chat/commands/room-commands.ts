import { command, fittingRows, Refusal, type AnyCommand, type Caller, type Reply } from "@palaver/plugin-api";
import * as z from "zod";
import { nickOf, noticeRate, roomOf, tell, tryCurrentRoom, type Chat } from "../chat.ts";
import { enteredText, enterRoom } from "../entering.ts";
import { checkAudience, checkUnmuted, mayKnow, mayWrite } from "../rules/permits.ts";
import { rankOf, roleOf } from "../rules/rank.ts";
import { parseRoomName } from "../words/room-name.ts";
import { parseSpoken } from "../words/spoken-text.ts";
import { splitRoom } from "../words/target.ts";
import { store, tryStore } from "../store/storing.ts";

const maxTopicBytes = 300;
// Rows of `who` and `rooms`, where they fit.
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
      run: ({ caller }) => listRooms(chat, caller),
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
  const owns = entered.role === "owner" ? " It is yours; its rules: /room" : "";
  return {
    text: enteredText(`You are in #${room}, ${entered.here} here.${owns}`, entered),
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

/** Rooms for the invited are shown to them only. */
function listRooms(chat: Chat, caller: Caller): Reply {
  const inviteOnly = chat.register.inviteOnly();
  const all = chat.rooms
    .names()
    .filter((name) => !inviteOnly.has(name) || mayKnow(chat, name, caller))
    .map((name) => ({ name, users: chat.rooms.members(name).length }))
    .toSorted((one, other) => other.users - one.users || (one.name < other.name ? -1 : 1));
  const rows = fittingRows(
    all.slice(0, maxRows).map((row) => {
      const { topic } = chat.register.get(row.name);
      return topic === "" ? row : { ...row, topic };
    }),
  );
  const lines = rows.map((row) => {
    const head = `#${row.name} ${row.users}`;
    return "topic" in row ? `${head} – ${row.topic}` : head;
  });
  if (all.length === 0) lines.push("Nobody is in any room.");
  if (all.length > rows.length) lines.push(`and ${all.length - rows.length} more`);
  return {
    text: lines.join("\n"),
    data: { rooms: rows, total: all.length },
  };
}

function who(chat: Chat, caller: Caller, named: string | undefined): Reply {
  const current = tryCurrentRoom(chat, caller) ?? chat.settings.lobby;
  const room = named === undefined ? current : parseRoomName(named);
  if (!mayKnow(chat, room, caller)) throw new Refusal(`#${room} is for those who are invited.`);
  const members = chat.rooms.members(room);
  const users = fittingRows(
    members.slice(0, maxRows).map((member) => {
      const { id, nick } = member;
      const reason = chat.away.reason(id);
      const role = roleOf(rankOf(chat, room, member));
      const shown = reason !== undefined && mayWrite(chat, room, member) ? reason : "";
      const state = reason === undefined ? { state: "online" } : { state: "away", reason: shown };
      return { nick, ...state, ...(role && { role }) };
    }),
  );
  const names = users.map(({ nick, ...user }) => {
    const notes: string[] = "role" in user ? [user.role] : [];
    if ("reason" in user) notes.push(user.reason === "" ? "away" : `away: ${user.reason}`);
    return notes.length === 0 ? nick : `${nick} (${notes.join(", ")})`;
  });
  const more = members.length > users.length ? ` and ${members.length - users.length} more` : "";
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
    const text = chat.register.get(room).topic;
    return {
      text: text === "" ? `#${room} has no topic.` : `Topic of #${room}: ${text}`,
      data: { room, topic: text },
    };
  }
  checkUnmuted(chat, room, caller);
  checkAudience(chat, room, caller, chat.register.get(room).topicBy, "set the topic");
  const text = rest === "-" ? "" : parseSpoken(rest, "The topic", maxTopicBytes);
  store(chat, () => chat.register.setTopic(room, text, Date.now()));
  const nick = nickOf(caller);
  tell(chat, room, nick, text === "" ? `${nick} cleared the topic` : `${nick} set the topic: ${text}`);
  return { text: text === "" ? "The topic is cleared." : "The topic is set.", data: { room, topic: text } };
}
