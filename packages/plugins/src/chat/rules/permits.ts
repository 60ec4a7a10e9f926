import { Refusal, type Caller } from "@palaver/plugin-api";
import type { Chat } from "../chat.ts";
import type { Audience } from "../store/room-register.ts";
import type { Sanction } from "../store/sanctions.ts";
import { formatDuration } from "./duration.ts";
import { rankOf, ranks } from "./rank.ts";
import { authorOf, guestOf, isGuest, subjectsOf } from "./subject.ts";

/** @throws {Refusal} for who is banned, or not invited where one must be. */
export function checkEnter(chat: Chat, room: string, caller: Caller): void {
  const rank = rankOf(chat, room, caller);
  if (rank >= ranks.owner) return;
  const ban = chat.sanctions.find(room, "ban", subjectsOf(authorOf(caller)), Date.now());
  if (ban) throw new Refusal(`${sanctioned(ban)} banned from #${room}${untilAndWhy(ban)}`);
  if (!mayKnow(chat, room, caller)) {
    throw new Refusal(
      `#${room} is for those who are invited. Ask somebody inside to send: /invite ${caller.nick}`,
    );
  }
}

/** Whether somebody may see who is in a room. */
export function mayKnow(chat: Chat, room: string, caller: Caller): boolean {
  if (!chat.register.get(room).inviteOnly || rankOf(chat, room, caller) >= ranks.op) return true;
  return chat.rooms.of(caller.id).includes(room) || chat.invites.has(room, [guestOf(caller)]);
}

/**
 * Whether the caller may say something now, or (not `isSpeech`) change what was said.
 * @throws {Refusal} which says what holds it back, and for how long.
 */
export function checkSpeak(chat: Chat, room: string, caller: Caller, isSpeech = true): void {
  const rank = rankOf(chat, room, caller);
  const now = Date.now();
  const { speak, slowMs } = chat.register.get(room);
  if (rank < ranks.owner) {
    const mute = chat.sanctions.find(room, "mute", subjectsOf(authorOf(caller)), now);
    if (mute) throw new Refusal(`${sanctioned(mute)} muted in #${room}${untilAndWhy(mute)}`);
  }
  if (!isAmong(speak, rank, caller)) throw new Refusal(`In #${room} ${only(speak)} may speak.`);
  if (rank === ranks.operator) return;
  const slow = isSpeech && rank < ranks.op ? { room, ms: slowMs } : undefined;
  const tooFast = chat.pace.take(caller, now, slow);
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

/** A guest is told when others from its network, perhaps not itself, are meant. */
function sanctioned({ subject }: Sanction): string {
  return subject.startsWith("host:") ? "Guests from your address are" : "You are";
}

/** ` for 59 min more (by ada: spam).` */
export function untilAndWhy({ until, by, reason }: Sanction): string {
  const time = until === undefined ? "" : ` for ${formatDuration(until - Date.now())} more`;
  return `${time} (by ${by}${reason === "" ? "" : `: ${reason}`}).`;
}
