import { Refusal, type Caller } from "@palaver/plugin-api";
import type { Chat } from "../chat.ts";
import type { Audience } from "../store/room-register.ts";
import type { Sanction, SanctionKind } from "../store/sanctions.ts";
import { steadyNow } from "./clock.ts";
import { formatDuration } from "./duration.ts";
import { rankOf, ranks, type Rank } from "./rank.ts";
import { guestOf, isGuest, networkOf, subjectsOf } from "./subject.ts";

/** @throws {Refusal} for who is banned, or not invited where one must be. */
export function checkEnter(chat: Chat, room: string, caller: Caller): void {
  checkUnbanned(chat, room, caller);
  if (!mayKnow(chat, room, caller)) {
    throw new Refusal(
      `#${room} is for those who are invited. Ask somebody inside to send: /invite ${caller.nick}`,
    );
  }
}

/** @throws {Refusal} when the caller is of a lower rank, or banned: whoever was put out has no rights there either. */
export function needRank(chat: Chat, room: string, caller: Caller, rank: Rank): void {
  if (rankOf(chat, room, caller) >= rank) return checkUnbanned(chat, room, caller);
  const who =
    rank === ranks.op ? `the operators of #${room}` : `the owner of #${room}, and operators of the hub,`;
  throw new Refusal(`Only ${who} may do this. Send: /room`);
}

function checkUnbanned(chat: Chat, room: string, caller: Caller): void {
  const ban = tryFindSanction(chat, room, "ban", caller);
  if (ban) throw new Refusal(`${sanctioned(ban, caller)} banned from #${room}${untilAndWhy(ban)}`);
}

/** Whether somebody may see who is in a room. */
export function mayKnow(chat: Chat, room: string, caller: Caller): boolean {
  if (!chat.register.get(room).inviteOnly || rankOf(chat, room, caller) >= ranks.op) return true;
  return chat.rooms.of(caller.id).includes(room) || chat.invites.has(room, [guestOf(caller)]);
}

/** @throws {Refusal} for who is muted: it may not write what others there read, be it a topic or another nickname. */
export function checkUnmuted(chat: Chat, room: string, caller: Caller): void {
  const mute = tryFindSanction(chat, room, "mute", caller);
  if (mute) throw new Refusal(`${sanctioned(mute, caller)} muted in #${room}${untilAndWhy(mute)}`);
}

/** Whether what somebody writes beside a message, as why it is away, is shown in a room. */
export function mayWrite(chat: Chat, room: string, caller: Caller): boolean {
  if (tryFindSanction(chat, room, "mute", caller)) return false;
  return isAmong(chat.register.get(room).speak, rankOf(chat, room, caller), caller);
}

/**
 * Whether the caller may say something now, or change what was said. A slow room lets one message and one edit through
 * in its time; reactions have a limit of their own.
 * @throws {Refusal} which says what holds it back, and for how long.
 */
export function checkSpeak(
  chat: Chat,
  room: string,
  caller: Caller,
  what: "message" | "edit" | "reaction" = "message",
): void {
  const rank = rankOf(chat, room, caller);
  const { speak, slowMs } = chat.register.get(room);
  checkUnmuted(chat, room, caller);
  if (!isAmong(speak, rank, caller)) throw new Refusal(`In #${room} ${only(speak)} may speak.`);
  if (rank === ranks.operator) return;
  const slow = what !== "reaction" && rank < ranks.op ? { room, ms: slowMs, what } : undefined;
  const tooFast = chat.pace.take(caller, performance.now(), slow);
  if (tooFast !== undefined) throw new Refusal(tooFast, "BUSY");
}

/** @throws {Refusal} when the room lets others do this only. */
export function checkAudience(
  chat: Chat,
  room: string,
  caller: Caller,
  audience: Audience,
  what: string,
): void {
  if (isAmong(audience, rankOf(chat, room, caller), caller)) return;
  throw new Refusal(`In #${room} ${only(audience)} may ${what}.`);
}

function isAmong(audience: Audience, rank: number, caller: Caller): boolean {
  if (audience === "everyone" || rank >= ranks.op) return true;
  return audience === "named" && !isGuest(caller);
}

function only(audience: Audience): string {
  return audience === "ops"
    ? "only its operators"
    : "only people with a nickname of their own (palaver chat --nick NAME gives you one)";
}

/**
 * The sanction that holds for somebody. That of a guest's network holds for names that nobody there knows too, since a
 * new key with a new name costs as little as a guest's; who spoke in the room lately, is invited, or has rights there is
 * not meant. None holds for operators of the hub.
 */
function tryFindSanction(chat: Chat, room: string, kind: SanctionKind, caller: Caller): Sanction | undefined {
  if (!chat.sanctions.has(room)) return undefined;
  const now = steadyNow();
  const { key } = caller;
  const rank = rankOf(chat, room, caller);
  if (rank === ranks.operator) return undefined;
  const own = chat.sanctions.find(room, kind, subjectsOf({ key, host: undefined }), now);
  if (own || rank >= ranks.op) return own;
  const ofNetwork = chat.sanctions.find(room, kind, [networkOf(caller)], now);
  if (!ofNetwork) return undefined;
  const isInvited = chat.invites.has(room, [guestOf(caller)]);
  // A ban takes the invitation of whom it is for; a mute does not, and a text peer is known by its network only.
  if (isGuest(caller) || key === undefined) return isInvited && kind === "ban" ? undefined : ofNetwork;
  return isInvited || chat.history.lastBy(room, { key }) ? undefined : ofNetwork;
}

/** Who is told that others from its network, perhaps not itself, are meant. */
function sanctioned({ subject }: Sanction, caller: Caller): string {
  if (!subject.startsWith("host:")) return "You are";
  return isGuest(caller)
    ? "Guests from your address are"
    : "Newcomers from your address, unless invited, are";
}

/** ` for 59 min more (by ada: spam).` */
export function untilAndWhy({ until, by, reason }: Sanction): string {
  const time = until === undefined ? "" : ` for ${formatDuration(until - steadyNow())} more`;
  return `${time} (by ${by}${reason === "" ? "" : `: ${reason}`}).`;
}
