import type { HubEvents, PluginInstance, RoomHistory, StreamConnection, TextCall } from "@palaver/plugin-api";
import { createEntry, defaultTimeoutMs, type CommandEntry } from "@palaver/plugin-api/host";
import { createEmitter } from "./emitter.ts";
import type { Invocation } from "./invoke.ts";

/** A row of the command table. */
export interface RegisteredCommand extends CommandEntry {
  readonly plugin: string;
}

/** A plugin that takes whole messages. */
export interface RegisteredMount {
  readonly timeoutMs: number;
}

export interface LoadedPlugin {
  readonly name: string;
  readonly instance: PluginInstance;
}

/** What the emitter carries: an invocation for each command and mount, and the hub's events. */
type RegistryEvents = Record<`command:${string}` | `mount:${string}`, Invocation> & HubEvents;

/**
 * The callback registry: plugins put handlers in, a message's handler is found by its name. One registry holds one
 * generation of plugins; a reload makes another and swaps them in one assignment.
 */
export interface Registry {
  find(command: string): RegisteredCommand | undefined;
  /** Runs the handler of a command or mount; its replies go to the invocation's sink. */
  dispatch(name: `command:${string}` | `mount:${string}`, invocation: Invocation): void;
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

/** What the registry puts around every function of a plugin, since mitt stops at the first one that throws. */
export interface Guard {
  run(plugin: string, invocation: Invocation, handler: (call: never) => unknown): void;
  listen(plugin: string, listener: () => unknown): void;
}

/** @throws {Error} when two plugins want the same command. */
export function createRegistry(plugins: readonly LoadedPlugin[], guard: Guard): Registry {
  const emitter = createEmitter<RegistryEvents>();
  const commands = new Map<string, RegisteredCommand>();
  const mounts = new Map<string, RegisteredMount>();
  const servers = new Map<string, PluginInstance>();
  for (const { name: plugin, instance } of plugins) {
    for (const [name, command] of Object.entries(instance.commands ?? {})) {
      const taken = commands.get(name);
      if (taken) throw new Error(`the command ${name} is already that of the plugin ${taken.plugin}`);
      commands.set(name, { ...createEntry(name, command), plugin });
      emitter.on(`command:${name}`, (invocation) =>
        guard.run(plugin, invocation, (call) => command.run(call)),
      );
    }
    if (instance.text) {
      const text = (call: TextCall) => instance.text?.(call);
      mounts.set(plugin, { timeoutMs: instance.textTimeoutMs ?? defaultTimeoutMs });
      emitter.on(`mount:${plugin}`, (invocation) => guard.run(plugin, invocation, text));
    }
    if (instance.serve) servers.set(plugin, instance);
    for (const [event, listener] of Object.entries(instance.on ?? {})) {
      emitter.on(event as keyof HubEvents, (payload) =>
        guard.listen(plugin, () => listener(payload as never)),
      );
    }
  }
  return {
    find: (name) => commands.get(name),
    dispatch: (name, invocation) => emitter.emit(name, invocation),
    findMount: (plugin) => mounts.get(plugin),
    commands: () => [...commands.values()],
    serves: (plugin) => servers.has(plugin),
    serve: (plugin, connection) =>
      new Promise((resolve) => {
        guard.listen(plugin, async () => {
          try {
            await servers.get(plugin)?.serve?.(connection);
          } finally {
            resolve();
          }
        });
      }),
    history: plugins.find(({ instance }) => instance.history)?.instance.history,
    emit: (event, payload) => emitter.emit(event, payload),
  };
}
