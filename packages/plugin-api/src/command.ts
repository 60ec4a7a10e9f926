import type { Caller } from "./caller.ts";
import type { Result } from "./reply.ts";
import type { Output, Schema } from "./schema.ts";

/** Argument schemas by name; the order of the keys is the order of the words. */
export type ArgumentSchemas = Readonly<Record<string, Schema>>;

export type Arguments<A extends ArgumentSchemas> = { readonly [K in keyof A]: Output<A[K]> };

/** One invocation of a command. */
export interface Call<A extends ArgumentSchemas = ArgumentSchemas> {
  readonly args: Arguments<A>;
  /** The words after the command's name, as they were sent. */
  readonly argv: readonly string[];
  readonly caller: Caller;
  /** Names this request: a session peer that asks again after a broken connection gives the same id. 32 hex digits. */
  readonly id: string | undefined;
  /** Standard input, whole, where the command takes some and its caller, a session peer, gave some. */
  readonly input?: Uint8Array | undefined;
  /**
   * What the caller sends while the call runs, where the command takes a stream and its caller is a session peer. It comes
   * at the pace it is read, in pieces of at most 16 KiB, and ends with the caller's end; when the caller breaks off, the
   * iteration throws a Refusal.
   */
  readonly stream?: AsyncIterable<Uint8Array> | undefined;
  /** Aborts on the time limit, when the caller leaves, and when the plugin is unloaded. */
  readonly signal: AbortSignal;
}

/**
 * What each caller may: `limit` calls at first, and as many again in each `windowMs` milliseconds, evenly (a token bucket).
 */
export interface Rate {
  readonly limit: number;
  readonly windowMs: number;
}

/** A named handler with typed arguments, roles, a time limit and a rate limit. */
export interface Command<A extends ArgumentSchemas = ArgumentSchemas> {
  /** One line, shown by `help` and in the client's completion. */
  readonly summary: string;
  /** Words are matched to schemas by position; the last one takes the rest of the line. Absent: no arguments. */
  readonly args?: A;
  /** Who may call: any one of these roles is enough. Absent: everyone. A role nobody holds: nobody. */
  readonly roles?: readonly string[];
  /** Default 30,000. */
  readonly timeoutMs?: number;
  /** Absent: only the hub's own limits per address hold. */
  readonly rate?: Rate;
  /**
   * The command changes something, so that running it twice would harm: the hub keeps a journal of its requests and
   * answers "unknown outcome" after a crash rather than run one again.
   */
  readonly changes?: boolean;
  /** Bytes of standard input that it takes, at most 65,536. Absent: a call with some is refused. */
  readonly maxInputBytes?: number;
  /** It reads what its caller sends while it runs. Not in a plugin that runs in a process of its own. */
  readonly takesStream?: boolean;
  run(call: Call<A>): Result;
}

/** Declares a command; gives back what it was given, with the types of the arguments inferred. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a command without arguments has no keys
export function command<const A extends ArgumentSchemas = Record<never, never>>(
  spec: Command<A>,
): Command<A> {
  return spec;
}
