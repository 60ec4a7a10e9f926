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
  /** The arguments by name. @throws {Refusal} INVALID */
  readArguments(words: Words): Record<string, unknown>;
}

export function createEntry(name: string, command: AnyCommand): CommandEntry {
  const usage = usageOf(command);
  const readArguments = (words: Words) => parseArguments(name, command, usage, words);
  return { name, command, usage, limiter: createLimiter(command), readArguments };
}

export function createLimiter({ rate }: AnyCommand): RateLimiter | undefined {
  return rate && new RateLimiter({ perSecond: (rate.limit / rate.windowMs) * 1000, burst: rate.limit });
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
  const { name, command, limiter } = entry;
  const { roles } = command;
  if (roles && !roles.some((role) => caller.roles.includes(role))) {
    throw new Refusal(`${name} needs the role ${roles.join(" or ")}.`, "FORBIDDEN");
  }
  if (limiter && !limiter.take(caller.id, now)) {
    throw new Refusal(`${name} was called too often; wait a little.`, "BUSY");
  }
  return entry.readArguments(words);
}
