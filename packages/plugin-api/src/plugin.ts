import type { Caller } from "./caller.ts";
import type { Capability, CapabilityMap, RoomMessage } from "./capabilities.ts";
import type { ArgumentSchemas, Command } from "./command.ts";
import type { HubEvents } from "./events.ts";
import type { Result } from "./reply.ts";
import type { Output, Schema } from "./schema.ts";
import type { StreamConnection } from "./stream-connection.ts";

/** A whole message that arrived on a mount. */
export interface TextCall {
  /** At most 1000 bytes of UTF-8, without line end. */
  readonly text: string;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

/** A log in the plugin's name. Text that people or programs produced belongs into `fields`. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Long work: 0 to 1; drawn as a bar on a terminal, a line now and then in a log. */
  progress(task: string, fraction: number): void;
}

export type PluginContext<C, K extends Capability> = {
  readonly config: C;
  readonly log: Log;
  /** Aborts when the plugin is unloaded. */
  readonly signal: AbortSignal;
} & { readonly [P in K]: CapabilityMap[P] };

/** The stored messages of rooms, in the order of their numbers. */
export interface RoomHistory {
  /** The number of the last message; 0 before the first. */
  latest(room: string): number;
  /** The first `count` messages after number `seq`, oldest first. */
  after(room: string, seq: number, count: number): readonly RoomMessage[];
}

/** What a plugin brings to the hub; made by `setup`, disposed when the plugin goes. */
export interface PluginInstance extends Partial<AsyncDisposable> {
  readonly commands?: Readonly<Record<string, AnyCommand>>;
  /** Handles every message of a port that is mounted on this plugin. */
  text?(call: TextCall): Result;
  /** Time limit of one `text` call; default 30,000. */
  readonly textTimeoutMs?: number;
  /**
   * Speaks a protocol of its own on the TCP connections of listeners whose scheme is the plugin's name. A connection
   * ends when the promise settles: what was written leaves first, if the other side reads it within a second. When the
   * plugin's signal aborts, it is to settle soon.
   */
  serve?(connection: StreamConnection): Promise<void>;
  /** What was said in rooms, for peers that come back or fell behind. */
  readonly history?: RoomHistory;
  readonly on?: { readonly [E in keyof HubEvents]?: (event: HubEvents[E]) => void | Promise<void> };
}

// A table of commands holds commands with different arguments; `run` is contravariant in them.
export type AnyCommand = Omit<Command, "args" | "run"> & {
  readonly args?: ArgumentSchemas;
  // eslint-disable-next-line typescript/no-explicit-any
  run(call: any): Result;
};

export interface Plugin<
  S extends Schema | undefined = Schema | undefined,
  K extends Capability = Capability,
> {
  /** Lower-case letters, digits and dashes; names the plugin in the configuration, in logs and on mounts. */
  readonly name: string;
  /** The version of this interface; a hub that speaks another one refuses the plugin and says so. */
  readonly api: 1;
  /** Checks the plugin's part of the configuration before `setup`; unknown keys should be refused. */
  readonly config?: S;
  readonly needs?: readonly K[];
  /**
   * `worker`: the plugin runs in a process of its own, which is ended when it loops or takes too much memory, and
   * started again for the next call. Everything works as in the hub except `history` and `serve`. What the operator
   * writes (`isolate` in the plugin's table) goes before this: without it the hub imports the file once itself, to read this.
   */
  readonly isolate?: "worker";
  setup(context: PluginContext<Output<S>, K>): PluginInstance | Promise<PluginInstance>;
}

/** Declares a plugin; gives back what it was given, with the types of `config` and `needs` inferred. */
export function definePlugin<S extends Schema | undefined = undefined, const K extends Capability = never>(
  plugin: Plugin<S, K>,
): Plugin<S, K> {
  return plugin;
}
