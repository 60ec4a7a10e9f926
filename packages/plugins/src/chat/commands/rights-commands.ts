import {
  command,
  Refusal,
  tryParseDuration,
  type AnyCommand,
  type Caller,
  type Reply,
} from "@palaver/plugin-api";
import * as z from "zod";
import { noticeRate, roomOf, tell, type Chat } from "../chat.ts";
import { formatDuration } from "../rules/duration.ts";
import { checkAudience, mayKnow, needRank } from "../rules/permits.ts";
import { findPerson } from "../rules/person.ts";
import { rankOf, ranks } from "../rules/rank.ts";
import { guestOf } from "../rules/subject.ts";
import { audiences, type RoomRecord, type RoomRules } from "../store/room-register.ts";
import { store } from "../store/storing.ts";
import { isIgnored } from "./ignore-commands.ts";
import { addressed, addressedTo, type Addressed } from "./addressed.ts";

const maxOperators = 64;
const maxSlowMs = 3_600_000;

/** Who may do what in a room. */
export function createRightsCommands(chat: Chat): Record<string, AnyCommand> {
  const nick = { nick: z.string() };
  return {
    op: command({
      summary: "Make somebody an operator of the room; for its owner and operators of the hub",
      args: nick,
      rate: noticeRate,
      run: ({ args, caller }) => op(chat, caller, addressedTo(chat, caller, args.nick)),
    }),
    deop: command({
      summary: "Take an operator's rights in the room; for its owner and operators of the hub",
      args: nick,
      rate: noticeRate,
      run: ({ args, caller }) => deop(chat, caller, addressedTo(chat, caller, args.nick)),
    }),
    invite: command({
      summary: "Ask somebody in, also into a room that only the invited may enter",
      args: nick,
      rate: noticeRate,
      run: ({ args, caller }) => invite(chat, caller, addressedTo(chat, caller, args.nick)),
    }),
    room: command({
      summary:
        "Show the rules of the room, or set one: room invite-only on, room slow 30s, room speak ops (also topic, invite: everyone, named, ops)",
      args: { rule: z.string().optional(), value: z.string().optional() },
      rate: noticeRate,
      run: ({ args, caller }) => rules(chat, caller, addressed(chat, caller, args.rule, args.value)),
    }),
  };
}

function op(chat: Chat, caller: Caller, { room, word }: Addressed): Reply {
  needRank(chat, room, caller, ranks.owner);
  // Whose name it is, and not who spoke under it once: it may have been another's then.
  const user = chat.users.find(word);
  const { nick, key } =
    user?.nick === undefined
      ? { nick: word, key: chat.users.keyOf(word) }
      : { nick: user.nick, key: user.key };
  if (key === undefined || nick.startsWith("~")) {
    throw new Refusal(`${nick} has no name of its own, so anybody could come as ${nick} later.`);
  }
  if (chat.register.isOperator(room, key) || chat.register.get(room).owner === key)
    throw new Refusal(`${nick} has the rights of an operator in #${room} already.`);
  if (chat.register.operators(room).length >= maxOperators) {
    throw new Refusal(`#${room} has ${maxOperators} operators, as many as it may. Send: /deop`, "BUSY");
  }
  store(chat, () => chat.register.addOperator(room, { key, nick }));
  chat.log.info("moderation", { room, by: caller.nick, nick, key, what: "operator" });
  tell(chat, room, nick, `${nick} is an operator of #${room} now (${caller.nick})`);
  return { text: `${nick} is an operator of #${room}.`, data: { room, nick } };
}

function deop(chat: Chat, caller: Caller, { room, word }: Addressed): Reply {
  needRank(chat, room, caller, ranks.owner);
  const bare = word.toLowerCase();
  const known = chat.register.operators(room).find(({ nick }) => nick.toLowerCase() === bare);
  const { nick, key } = known ?? findPerson(chat, room, word);
  if (key === undefined || !store(chat, () => chat.register.removeOperator(room, key))) {
    throw new Refusal(`${nick} is no operator of #${room}. Send: /room`, "NOT_FOUND");
  }
  chat.log.info("moderation", { room, by: caller.nick, nick, key, what: "no operator any more" });
  tell(chat, room, nick, `${nick} is no operator of #${room} any more (${caller.nick})`);
  return { text: `${nick} is no operator of #${room} any more.`, data: { room, nick } };
}

function invite(chat: Chat, caller: Caller, { room, word }: Addressed): Reply {
  roomOf(chat, caller, room);
  const { inviteOnly, inviteBy } = chat.register.get(room);
  if (inviteOnly) checkAudience(chat, room, caller, inviteBy, "invite");
  const guest = chat.users.find(word);
  if (guest?.nick === undefined) throw new Refusal("Nobody of that name is online. Send: /who", "NOT_FOUND");
  const { nick } = guest;
  if (chat.rooms.of(guest.id).includes(room)) throw new Refusal(`${nick} is in #${room} already.`);
  // Those who may let in also newcomers from a network that is banned.
  const isKept = inviteOnly || rankOf(chat, room, caller) >= ranks.op;
  if (isKept) store(chat, () => chat.invites.add(room, guestOf(guest), nick, Date.now()));
  if (!isIgnored(chat, guest.key, caller))
    chat.users.send(guest.id, `* ${caller.nick} invites you to #${room}. Send: /join ${room}`);
  if (inviteOnly) tell(chat, room, nick, `${caller.nick} invited ${nick}`);
  return { text: `${nick} is invited to #${room}.`, data: { room, nick } };
}

function rules(chat: Chat, caller: Caller, { room, word, rest }: Addressed): Reply {
  if (word === "") return showRules(chat, caller, room);
  needRank(chat, room, caller, ranks.op);
  const changed = { ...chat.register.get(room), ...readRule(word, rest.trim().toLowerCase()) };
  const now = Date.now();
  const { inviteOnly, speak, topicBy, inviteBy, slowMs } = changed;
  store(chat, () => {
    // Who is inside may come back after a broken connection.
    if (inviteOnly && !chat.register.get(room).inviteOnly) {
      for (const user of chat.rooms.members(room))
        chat.invites.add(room, guestOf(user), user.nick ?? "", now);
    }
    chat.register.setRules(room, { inviteOnly, speak, topicBy, inviteBy, slowMs }, now);
  });
  chat.log.info("moderation", { room, by: caller.nick, rule: word, value: rest });
  tell(chat, room, caller.nick ?? "", `${caller.nick} changed the rules: ${describe(changed)}`);
  return { text: `#${room}: ${describe(changed)}`, data: rulesData(chat, room) };
}

function showRules(chat: Chat, caller: Caller, room: string): Reply {
  if (!mayKnow(chat, room, caller)) throw new Refusal(`#${room} is for those who are invited.`);
  const record = chat.register.get(room);
  const ops = chat.register.operators(room).map(({ nick }) => nick);
  const lines = [
    `#${room}: ${describe(record)}`,
    `Owner: ${record.ownerNick ?? "nobody; the hub's operators look after it"}.`,
    ...(ops.length > 0 ? [`Operators: ${ops.join(", ")}.`] : []),
    ...(rankOf(chat, room, caller) >= ranks.op
      ? ["You may change this: /room slow 30s, /room invite-only on …"]
      : []),
  ];
  return { text: lines.join("\n"), data: rulesData(chat, room) };
}

function rulesData(chat: Chat, room: string) {
  const { inviteOnly, speak, topicBy, inviteBy, slowMs, ownerNick } = chat.register.get(room);
  const ops = chat.register.operators(room).map(({ nick }) => nick);
  return { room, inviteOnly, speak, topicBy, inviteBy, slowMs, owner: ownerNick ?? null, ops };
}

function describe({ inviteOnly, speak, topicBy, inviteBy, slowMs }: RoomRecord): string {
  const enter = inviteOnly ? `the invited may enter, ${inviteBy} may invite` : "everyone may enter";
  const pace = slowMs > 0 ? `, one message every ${formatDuration(slowMs)}` : "";
  return `${enter}, ${speak} may speak${pace}, ${topicBy} may set the topic.`;
}

/** @throws {Refusal} INVALID, with the rules there are. */
function readRule(rule: string, value: string): Partial<RoomRules> {
  const name = rule.toLowerCase();
  if (name === "invite-only" && (value === "on" || value === "off")) return { inviteOnly: value === "on" };
  const audience = audiences.find((one) => one === value);
  if (name === "speak" && audience) return { speak: audience };
  if (name === "topic" && audience) return { topicBy: audience };
  if (name === "invite" && audience) return { inviteBy: audience };
  if (name === "slow") {
    const slowMs = value === "off" ? 0 : tryParseDuration(value);
    if (slowMs !== undefined && slowMs <= maxSlowMs) return { slowMs };
  }
  throw new Refusal(
    "The rules are: invite-only on or off; slow 1s to 1h, or off; speak, topic and invite: everyone, named or ops.",
    "INVALID",
  );
}
