import {
  Refusal,
  type Caller,
  type HubEvents,
  type PluginInstance,
  type RoomHistory,
  type StreamConnection,
  type TextCall,
} from "@palaver/plugin-api";
import { admitCall, defaultTimeoutMs, type CommandEntry, type Words } from "@palaver/plugin-api/host";
import { createEmitter } from "./emitter.ts";
import type { Handler, Invocation } from "./invoke.ts";
import type { Guard } from "./plugin-host/guard.ts";

/** A row of the command table. */
export interface RegisteredCommand extends CommandEntry {
  readonly plugin: string;
  /** What its calls are dispatched as. */
  readonly event: `command:${string}`;
  /** The call's arguments, when this caller may make it now. @throws {Refusal} */
  admit(words: Words, caller: Caller, now: number): Record<string, unknown>;
}

/** A plugin that takes whole messages. */
export interface RegisteredMount {
  /** What its messages are dispatched as. */
  readonly event: `mount:${string}`;
  readonly timeoutMs: number;
}

export interface LoadedPlugin {
  readonly name: string;
  readonly instance: PluginInstance;
  readonly entries: readonly CommandEntry[];
  /** What is put around each of its functions, since mitt stops at the first one that throws. */
  readonly guard: Guard;
}

/** What the emitter carries: an invocation for each command and mount, and the hub's events. */
type RegistryEvents = Record<RegisteredCommand["event"] | RegisteredMount["event"], Invocation> & HubEvents;

/**
 * The callback registry: plugins put handlers in, a message's handler is found by its name. A reload makes another
 * registry and swaps them in one assignment.
 */
export interface Registry {
  find(command: string): RegisteredCommand | undefined;
  /** Runs the handler of a command or mount; its replies go to the invocation's sink. */
  dispatch(event: RegisteredCommand["event"] | RegisteredMount["event"], invocation: Invocation): void;
  /** The plugin whose mounts take whole messages. */
  findMount(plugin: string): RegisteredMount | undefined;
  commands(): readonly RegisteredCommand[];
  /** Whether a plugin speaks a protocol of its own. */
  serves(plugin: string): boolean;
  /** Hands a connection to the plugin that speaks its protocol; never rejects. */
  serve(plugin: string, connection: StreamConnection): Promise<void>;
  /** The stored messages of rooms, where a plugin keeps them. */
  readonly history: RoomHistory | undefined;
  emit<E extends keyof HubEvents>(event: E, payload: HubEvents[E]): void;
}

/** Two plugins want the same command. */
export class CommandTaken extends Error {
  override readonly name = "CommandTaken";
  readonly plugin: string;

  constructor(command: string, plugin: string, owner: string) {
    super(
      `its command ${command} is already that of the plugin ${owner}; rename one, or leave one plugin out`,
    );
    this.plugin = plugin;
  }
}

/** @throws {CommandTaken} */
export function createRegistry(plugins: readonly LoadedPlugin[]): Registry {
  const emitter = createEmitter<RegistryEvents>();
  const commands = new Map<string, RegisteredCommand>();
  const mounts = new Map<string, RegisteredMount>();
  const servers = new Map<string, LoadedPlugin>();
  for (const loaded of plugins) {
    const { name: plugin, instance, entries, guard } = loaded;
    for (const entry of entries) {
      const { name, command } = entry;
      const taken = commands.get(name);
      if (taken) throw new CommandTaken(name, plugin, taken.plugin);
      const admit = (words: Words, caller: Caller, now: number) =>
        admitGuarded(entry, guard, words, caller, now);
      const event = `command:${name}` as const;
      commands.set(name, { ...entry, plugin, event, admit });
      const run: Handler = (call) => command.run(call);
      emitter.on(event, (invocation) => guard.run(invocation, run));
    }
    if (instance.text) {
      const text = (call: unknown) => instance.text?.(call as TextCall);
      const event = `mount:${plugin}` as const;
      mounts.set(plugin, { event, timeoutMs: instance.textTimeoutMs ?? defaultTimeoutMs });
      emitter.on(event, (invocation) => guard.run(invocation, text));
    }
    if (instance.serve) servers.set(plugin, loaded);
    for (const [event, listener] of Object.entries(instance.on ?? {})) {
      emitter.on(event as keyof HubEvents, (payload) => {
        void guard.tell("in an event", () => listener(payload as never));
      });
    }
  }
  const historian = plugins.find(({ instance }) => instance.history);
  return {
    find: (name) => commands.get(name),
    dispatch: (event, invocation) => emitter.emit(event, invocation),
    findMount: (plugin) => mounts.get(plugin),
    commands: () => [...commands.values()],
    serves: (plugin) => servers.has(plugin),
    async serve(plugin, connection) {
      const server = servers.get(plugin);
      await server?.guard.tell("on a connection", () => server.instance.serve?.(connection));
    },
    history: historian && guardHistory(historian),
    emit: (event, payload) => emitter.emit(event, payload),
  };
}

function admitGuarded(entry: CommandEntry, guard: Guard, words: Words, caller: Caller, now: number) {
  const refusal = guard.refusal();
  if (refusal) throw refusal;
  try {
    return admitCall(entry, words, caller, now);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    // The argument schemas are the plugin's code too.
    guard.health.fault(error, "in reading arguments");
    throw new Refusal(`${guard.plugin} failed; the hub's log says why.`, "BUSY", { cause: error });
  }
}

/** A history that fails is an empty one: whoever joins the room gets in all the same. */
function guardHistory({ instance, guard }: LoadedPlugin): RoomHistory {
  const where = "in the rooms' history";
  return {
    latest: (room) =>
      guard.ask(
        where,
        () => instance.history?.latest(room) ?? 0,
        () => 0,
      ),
    after: (room, seq, count) =>
      guard.ask(
        where,
        () => instance.history?.after(room, seq, count) ?? [],
        () => [],
      ),
  };
}
