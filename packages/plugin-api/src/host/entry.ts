import { Refusal } from "../refusal.ts";
import type { Caller } from "../caller.ts";
import type { AnyCommand } from "../plugin.ts";
import { parseArguments, usageOf, type Words } from "./arguments.ts";
import { RateLimiter } from "./rate-limiter.ts";

/** A command under its name, with what is worked out once. */
export interface CommandEntry {
  readonly name: string;
  readonly command: AnyCommand;
  /** `<word> [rest…]` */
  readonly usage: string;
  readonly limiter: RateLimiter | undefined;
}

export function createEntry(name: string, command: AnyCommand): CommandEntry {
  const { rate } = command;
  const limiter =
    rate && new RateLimiter({ perSecond: (rate.limit / rate.windowMs) * 1000, burst: rate.limit });
  return { name, command, usage: usageOf(command), limiter };
}

/**
 * Role, rate, arguments; in this order, so that nobody learns of arguments what is not for them.
 * @param now milliseconds of a clock that does not jump.
 * @returns the arguments by name.
 * @throws {Refusal} FORBIDDEN, BUSY or INVALID.
 */
export function admitCall(
  entry: CommandEntry,
  words: Words,
  caller: Caller,
  now: number,
): Record<string, unknown> {
  const { name, command, limiter, usage } = entry;
  const { roles } = command;
  if (roles && !roles.some((role) => caller.roles.includes(role))) {
    throw new Refusal(`${name} needs the role ${roles.join(" or ")}.`, "FORBIDDEN");
  }
  if (limiter && !limiter.take(caller.id, now)) {
    throw new Refusal(`${name} was called too often; wait a little.`, "BUSY");
  }
  return parseArguments(name, command, usage, words);
}
