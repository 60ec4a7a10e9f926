import { randomInt } from "node:crypto";
import { type Caller, Refusal } from "@palaver/plugin-api";
import { userOf } from "./jobs.ts";

const LIFETIME_MS = 60_000;
/** Past it the oldest is forgotten, and its command has to be sent again. */
const MAX_WAITING = 1000;
/** Of one user, likewise. */
const MAX_WAITING_PER_USER = 8;
/** No letters that read like digits. Five of them are guessed once in 28 million times, within a minute. */
const letters = "23456789abcdefghjkmnpqrstuvwxyz";
const CODE_LETTERS = 5;

/** What a caller asked for and has not confirmed yet. */
export interface Asked {
  readonly words: readonly string[];
  readonly input: Uint8Array | undefined;
}

/** Commands that wait for their caller's yes. A code works once and for its caller only. */
export interface Confirmations {
  readonly lifetimeMs: number;
  /** Gives back the code that confirms it. */
  ask(asked: Asked, caller: Caller, nowMs: number): string;
  /** @throws {Refusal} when nothing waits under this code, any more or for this caller. */
  take(code: string, caller: Caller, nowMs: number): Asked;
}

export function createConfirmations(): Confirmations {
  // In the order they were asked.
  const waiting = new Map<string, Asked & { readonly user: string; readonly untilMs: number }>();
  return {
    lifetimeMs: LIFETIME_MS,
    ask(asked, caller, nowMs) {
      const user = userOf(caller);
      const own = [...waiting].filter(([, other]) => other.user === user);
      if (own.length >= MAX_WAITING_PER_USER) waiting.delete(own[0]![0]);
      if (waiting.size >= MAX_WAITING) waiting.delete(waiting.keys().next().value!);
      const code = Array.from({ length: CODE_LETTERS }, () => letters[randomInt(letters.length)]).join("");
      waiting.set(code, { ...asked, user, untilMs: nowMs + LIFETIME_MS });
      return code;
    },
    take(code, caller, nowMs) {
      const asked = waiting.get(code);
      if (!asked || asked.user !== userOf(caller) || asked.untilMs < nowMs) {
        throw new Refusal("Nothing waits for this yes; send the command again.", "NOT_FOUND");
      }
      waiting.delete(code);
      return asked;
    },
  };
}
