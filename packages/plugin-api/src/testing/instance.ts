import type { Capability, CapabilityMap } from "../capabilities.ts";
import { checkInstance, createEntry, type CommandEntry } from "../host/index.ts";
import type { Log, Plugin, PluginContext, PluginInstance } from "../plugin.ts";
import { PluginFault } from "./fault.ts";

/** One life of the plugin: from its set-up to its end. */
export interface Life {
  readonly instance: PluginInstance;
  readonly commands: ReadonlyMap<string, CommandEntry>;
  end(): Promise<void>;
}

/** A capability, and what ends it with the plugin where something must. */
type Opened = { [C in Capability]: () => CapabilityMap[C] & Partial<Disposable> };

export interface LifeOptions {
  readonly plugin: Plugin;
  readonly config: unknown;
  readonly log: Log;
  readonly capabilities: Opened;
  /** Runs code of the plugin in the time of the test. */
  inPlugin<T>(code: () => T): T;
}

/** Sets the plugin up with the capabilities that it needs, and no other. @throws {PluginFault} */
export async function beginLife(options: LifeOptions): Promise<Life> {
  const { plugin, config, log, capabilities, inPlugin } = options;
  const unload = new AbortController();
  using opened = new DisposableStack();
  const granted = Object.fromEntries(
    (plugin.needs ?? []).map((need) => {
      const capability = capabilities[need]();
      opened.defer(() => capability[Symbol.dispose]?.());
      return [need, capability];
    }),
  );
  const context = { config, log, signal: unload.signal, ...granted } as PluginContext<unknown, Capability>;
  let instance: PluginInstance;
  try {
    instance = checkInstance(await inPlugin(() => plugin.setup(context)));
  } catch (error) {
    throw new PluginFault(plugin.name, "setup", error);
  }
  const entries = Object.entries(instance.commands ?? {});
  const owned = opened.move();
  return {
    instance,
    commands: new Map(entries.map(([name, command]) => [name, createEntry(name, command)])),
    async end() {
      using _closed = owned;
      unload.abort();
      try {
        await inPlugin(() => instance[Symbol.asyncDispose]?.());
      } catch (error) {
        throw new PluginFault(plugin.name, "its disposal", error);
      }
    },
  };
}
