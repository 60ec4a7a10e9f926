import {
  command,
  fittingRows,
  Refusal,
  tryParseDuration,
  type AnyCommand,
  type Caller,
  type Reply,
} from "@palaver/plugin-api";
import * as z from "zod";
import { noticeRate, tell, type Chat } from "../chat.ts";
import { steadyNow } from "../rules/clock.ts";
import { formatDuration } from "../rules/duration.ts";
import { needRank, untilAndWhy } from "../rules/permits.ts";
import { findPerson, needBelow, type Person } from "../rules/person.ts";
import { rankOf, ranks } from "../rules/rank.ts";
import { maxSanctions, type SanctionKind } from "../store/sanctions.ts";
import { store } from "../store/storing.ts";
import { parseSpoken } from "../words/spoken-text.ts";
import { splitWord } from "../words/target.ts";
import { addressed, addressedTo, type Addressed } from "./addressed.ts";

const maxReasonBytes = 200;
const maxDurationMs = 3650 * 86_400_000;
const meantAsTime =
  /^(?:\d+(?:[.,]\d+)?(?:ms|s|secs?|m|mins?|h|hrs?|hours?|d|days?|w|weeks?|months?|y|years?))+$/i;
const participle = { ban: "banned", mute: "muted" } as const;

/** What operators of a room do with people. Every one takes a room in front: `kick #dev bob`. */
export function createModerationCommands(chat: Chat): Record<string, AnyCommand> {
  const sanction = (kind: SanctionKind, summary: string) =>
    command({
      summary,
      args: { nick: z.string(), "time reason": z.string().optional() },
      rate: noticeRate,
      run: ({ args, caller }) =>
        add(chat, caller, kind, addressedTo(chat, caller, args.nick, args["time reason"])),
    });
  const pardon = (kind: SanctionKind, summary: string) =>
    command({
      summary,
      args: { nick: z.string() },
      rate: noticeRate,
      run: ({ args, caller }) => take(chat, caller, kind, addressedTo(chat, caller, args.nick)),
    });
  return {
    kick: command({
      summary: "Put somebody out of the room, with a reason if you like; for operators of the room",
      args: { nick: z.string(), reason: z.string().optional() },
      rate: noticeRate,
      run: ({ args, caller }) => kick(chat, caller, addressedTo(chat, caller, args.nick, args.reason)),
    }),
    ban: sanction(
      "ban",
      "Put somebody out and keep it out, for a time if you give one: ban bob 1h spam; newcomers from its network too: ban bob +network 1h; for operators of the room",
    ),
    unban: pardon("ban", "Let somebody in again; for operators of the room"),
    mute: sanction(
      "mute",
      "Let somebody listen but not speak, for a time if you give one: mute bob 10m spam; for operators of the room",
    ),
    unmute: pardon("mute", "Let somebody speak again; for operators of the room"),
    bans: command({
      summary: "List the bans and mutes of the room; for its operators",
      args: { room: z.string().optional() },
      run: ({ args, caller }) => list(chat, caller, addressed(chat, caller, args.room, undefined).room),
    }),
  };
}

function kick(chat: Chat, caller: Caller, { room, word, rest }: Addressed): Reply {
  needRank(chat, room, caller, ranks.op);
  const person = findPerson(chat, room, word);
  needBelow(rankOf(chat, room, caller), person);
  if (person.inside.length === 0) throw new Refusal(`${person.nick} is not in #${room}.`, "NOT_FOUND");
  const why = reasonOf(rest);
  putOut(chat, caller, room, person, `kicked by ${caller.nick}${why}`);
  return { text: `${person.nick} is out of #${room}.`, data: { room, nick: person.nick } };
}

function add(chat: Chat, caller: Caller, kind: SanctionKind, { room, word, rest }: Addressed): Reply {
  needRank(chat, room, caller, ranks.op);
  const person = findPerson(chat, room, word);
  needBelow(rankOf(chat, room, caller), person);
  const { isOfNetwork, durationMs, reason } = readTerms(rest);
  const { nick } = person;
  const subjects = isOfNetwork ? withNetwork(person) : person.subjects;
  const now = steadyNow();
  const until = durationMs === undefined ? undefined : now + durationMs;
  store(chat, () => {
    for (const subject of subjects) {
      const added = chat.sanctions.add(
        room,
        { kind, subject, nick, by: caller.nick ?? "", reason, at: Date.now(), until },
        now,
      );
      if (!added)
        throw new Refusal(`#${room} has ${maxSanctions} bans and mutes. Send: /bans, then /unban`, "BUSY");
    }
    if (kind === "ban" && person.invitee !== undefined) chat.invites.remove(room, person.invitee);
  });
  const where = isOfNetwork ? " with its network" : "";
  const time = `${where}${durationMs === undefined ? "" : ` for ${formatDuration(durationMs)}`}`;
  const what = `${participle[kind]}${time} by ${caller.nick}${reason === "" ? "" : `: ${reason}`}`;
  if (kind === "ban" && person.inside.length > 0) putOut(chat, caller, room, person, what);
  else announce(chat, caller, room, person, what);
  return {
    text: `${nick} is ${participle[kind]} in #${room}${time}.`,
    data: { room, nick, until: until ?? null },
  };
}

function take(chat: Chat, caller: Caller, kind: SanctionKind, { room, word }: Addressed): Reply {
  needRank(chat, room, caller, ranks.op);
  const named = chat.sanctions.subjectsNamed(room, kind, word);
  const subjects = named.length > 0 ? named : findPerson(chat, room, word).subjects;
  const isOwn = caller.key !== undefined && subjects.includes(`key:${caller.key}`);
  if (isOwn && rankOf(chat, room, caller) < ranks.operator)
    throw new Refusal("What was done to you somebody else has to end.");
  const known = chat.sanctions.all(room, steadyNow()).find(({ subject }) => subjects.includes(subject));
  const nick = known?.nick ?? word;
  const removed = store(chat, () => chat.sanctions.remove(room, kind, subjects));
  if (removed === 0)
    throw new Refusal(`${nick} is not ${participle[kind]} in #${room}. Send: /bans`, "NOT_FOUND");
  const what = `not ${participle[kind]} any more`;
  chat.log.info("moderation", { room, by: caller.nick, nick, what });
  tell(chat, room, nick, `${nick} is ${what} (${caller.nick})`);
  return { text: `${nick} is not ${participle[kind]} in #${room} any more.`, data: { room, nick } };
}

function list(chat: Chat, caller: Caller, room: string): Reply {
  needRank(chat, room, caller, ranks.op);
  const sanctions = chat.sanctions.all(room, steadyNow());
  const lines = sanctions.map((one) => `${one.kind} ${one.nick}${untilAndWhy(one)}`);
  // What a sanction follows is a key or an address: nobody's business.
  const data = sanctions.map(({ subject: _subject, ...rest }) => ({ ...rest, until: rest.until ?? null }));
  const text = lines.length === 0 ? `Nobody is banned or muted in #${room}.` : [...new Set(lines)].join("\n");
  return { text, data: { room, sanctions: fittingRows(data.slice(0, 200)), total: data.length } };
}

function putOut(chat: Chat, caller: Caller, room: string, person: Person, what: string): void {
  announce(chat, caller, room, person, what);
  for (const { id } of person.inside) {
    chat.rooms.part(room, id);
    chat.users.send(id, `* You were put out of #${room}: ${what}`);
  }
}

function announce(chat: Chat, caller: Caller, room: string, { nick, key }: Person, what: string): void {
  chat.log.info("moderation", { room, by: caller.nick, byKey: caller.key, nick, key, what });
  tell(chat, room, nick, `${nick} was ${what}`);
}

/** @throws {Refusal} NOT_FOUND for somebody whose network is not known. */
function withNetwork({ nick, subjects, network }: Person): readonly string[] {
  if (network === undefined)
    throw new Refusal(`${nick} is offline, so the hub does not know its network.`, "NOT_FOUND");
  return [...new Set([...subjects, network])];
}

interface Terms {
  readonly isOfNetwork: boolean;
  readonly durationMs: number | undefined;
  readonly reason: string;
}

/** `1h spam`, `spam`, or nothing; `+network` in front. */
function readTerms(given: string): Terms {
  const [, network, terms = ""] = /^(\+network(?:\s+|$))?(.*)$/s.exec(given) ?? [];
  const { word, rest } = splitWord(terms);
  const durationMs = tryParseDuration(word);
  // Else a slip of the pen is a ban for ever, with the time as its reason.
  if (durationMs === undefined && meantAsTime.test(word)) throw refuseTime();
  if (durationMs !== undefined && (durationMs === 0 || durationMs > maxDurationMs)) {
    throw refuseTime();
  }
  const reason = durationMs === undefined ? terms : rest;
  return {
    isOfNetwork: network !== undefined,
    durationMs,
    reason: reason === "" ? "" : parseSpoken(reason, "The reason", maxReasonBytes),
  };
}

function refuseTime(): Refusal {
  return new Refusal(
    "Give a time from 1s to 3650d, for example 30m, 12h or 7d, or none for ever.",
    "INVALID",
  );
}

function reasonOf(given: string): string {
  return given === "" ? "" : `: ${parseSpoken(given, "The reason", maxReasonBytes)}`;
}
