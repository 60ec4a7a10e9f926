import type { Capability, Plugin, PluginContext, PluginInstance } from "@palaver/plugin-api";
import type { Logger } from "pino";
import { ConfigError, type Config, type PluginConfig } from "../config/config.ts";
import { invoke, type CallSet, type Handler } from "../invoke.ts";
import { createRegistry, type Guard, type LoadedPlugin, type Registry } from "../registry.ts";
import { createPluginLog } from "./plugin-log.ts";
import { loadPlugin } from "./load.ts";
import { parseSettings } from "./settings.ts";
import { createCapabilities, type SharedCapabilities } from "./capabilities.ts";

// A call that is under way when its plugin is replaced may take this long to end by itself.
const drainMs = 5000;

/** The plugins of one configuration, set up together and disposed together. */
export interface Generation {
  readonly registry: Registry;
  /** Lets the calls under way end, and aborts those that take longer. */
  drain(maxDrainMs?: number): Promise<void>;
  /** Ends the plugins; nothing may be asked of them any more. */
  dispose(): Promise<void>;
}

export interface GenerationOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly shared: SharedCapabilities;
  /** Plugins of the hub itself; they need nothing and take no settings. */
  readonly builtIn: readonly LoadedPlugin[];
}

/**
 * Loads, checks and sets up every plugin of a configuration. When one fails, those before it are disposed again.
 * @throws {ConfigError} located at the plugin's table or setting.
 */
export async function createGeneration(options: GenerationOptions): Promise<Generation> {
  const { config, log, shared } = options;
  const unload = new AbortController();
  const active = createActiveCalls();
  const loaded: LoadedPlugin[] = [...options.builtIn];
  const disposers: (() => Promise<void>)[] = [];
  const dispose = async () => {
    unload.abort();
    for (const disposer of disposers.splice(0).toReversed()) {
      await disposer().catch((error: unknown) => log.error({ err: error }, "a plugin failed to end"));
    }
  };
  const guard: Guard = {
    run(plugin, invocation, handler) {
      const onFault = (error: unknown) => log.error({ plugin, err: error }, "a plugin failed in a call");
      invoke(plugin, handler as Handler, { ...invocation, calls: active.and(invocation.calls) }, onFault);
    },
    listen(plugin, listener) {
      const failed = (error: unknown) => log.error({ plugin, err: error }, "a plugin failed in an event");
      try {
        Promise.resolve(listener()).catch(failed);
      } catch (error) {
        failed(error);
      }
    },
  };
  try {
    for (const wanted of config.plugins.values()) {
      const plugin = await loadPlugin(wanted, config);
      const settings = await parseSettings(plugin, wanted, config);
      const capabilities = createCapabilities(
        grantedNeeds(plugin, wanted, config),
        plugin.name,
        config,
        shared,
      );
      disposers.push(async () => capabilities.dispose());
      const context = {
        config: settings,
        log: createPluginLog(log, plugin.name),
        signal: unload.signal,
        ...capabilities.granted,
      } as PluginContext<unknown, Capability>;
      const instance = await setUp(plugin, context as never, wanted, config);
      disposers.push(async () => instance[Symbol.asyncDispose]?.());
      loaded.push({ name: plugin.name, instance });
    }
    const registry = createRegistry(loaded, guard);
    checkMounts(config, registry);
    return {
      registry,
      async drain(maxDrainMs = drainMs) {
        await active.drained(maxDrainMs);
        active.abort();
      },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function setUp(
  plugin: Plugin,
  context: never,
  wanted: PluginConfig,
  config: Config,
): Promise<PluginInstance> {
  try {
    return await plugin.setup(context);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(
      config.locate(["plugins", wanted.name]),
      `${plugin.name} could not start: ${reason}`,
      {
        cause: error,
      },
    );
  }
}

function grantedNeeds(plugin: Plugin, wanted: PluginConfig, config: Config): readonly Capability[] {
  const needs = plugin.needs ?? [];
  const missing = wanted.grant === "all" ? [] : needs.filter((need) => !wanted.grant.includes(need));
  if (missing.length === 0) return needs;
  const grant = `grant = [${needs.map((need) => `"${need}"`).join(", ")}]`;
  throw new ConfigError(
    config.locate(["plugins", wanted.name]),
    `${plugin.name} needs ${missing.join(", ")}; if you trust it with that, write ${grant}`,
  );
}

function checkMounts(config: Config, registry: Registry): void {
  config.listen.forEach((listen, index) => {
    const { protocol } = listen;
    if (protocol !== undefined && !registry.serves(protocol)) {
      const message = `${listen.url} belongs to the plugin ${protocol}, which speaks no such protocol`;
      throw new ConfigError(config.locate(["listen", index]), message);
    }
    if (listen.mount === undefined || registry.findMount(listen.mount)) return;
    const message = `${listen.url} is mounted on ${listen.mount}, which takes no whole messages`;
    throw new ConfigError(config.locate(["listen", index]), message);
  });
}

/** The calls under way in one generation; a call that is answered at once is never among them. */
function createActiveCalls() {
  const calls = new Set<AbortController>();
  let idle: (() => void) | undefined;
  return {
    and: (callers: CallSet): CallSet => ({
      get size() {
        return callers.size;
      },
      add(call) {
        calls.add(call);
        callers.add(call);
      },
      delete(call) {
        callers.delete(call);
        calls.delete(call);
        if (calls.size === 0) idle?.();
      },
    }),
    async drained(maxMs: number): Promise<void> {
      if (calls.size === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, maxMs);
        idle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    abort() {
      for (const call of calls) call.abort();
    },
  };
}
