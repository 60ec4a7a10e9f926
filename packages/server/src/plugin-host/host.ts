import type { Logger } from "pino";
import type { BeforeSend } from "../capabilities/before-send.ts";
import { ConfigError, type Config } from "../config/config.ts";
import { CommandTaken, createRegistry, type LoadedPlugin, type Registry } from "../registry.ts";
import type { SharedCapabilities } from "./capabilities.ts";
import type { HealthReport } from "./health.ts";
import { startPlugin, type RunningPlugin } from "./running-plugin.ts";

// A call that is under way when its plugin is replaced may take this long to end by itself.
const drainMs = 5000;

/** What `/plugins` and `palaverd status` say of one plugin. */
export interface PluginReport extends HealthReport {
  readonly name: string;
  readonly isolation: RunningPlugin["isolation"];
  /** What it asked for; all of it was granted, or it would not run. */
  readonly needs: RunningPlugin["needs"];
}

/** The plugins of a running hub. */
export interface PluginHost {
  /** The table in force. */
  readonly registry: Registry;
  /**
   * Loads and sets up plugins beside those that run.
   * @param only the one plugin that is replaced; the others stay as they are. Absent: all of the configuration.
   * @throws {ConfigError} and nothing has changed.
   */
  stage(config: Config, only?: string): Promise<StagedPlugins>;
  report(): readonly PluginReport[];
  /** The files of each plugin's own, those of a generation that failed to start among them. */
  files(): ReadonlyMap<string, readonly string[]>;
  /** Lets the calls under way end, and aborts those that take longer. */
  drain(maxMs: number): Promise<void>;
  /** Ends the plugins; nothing may be asked of them any more. */
  dispose(): Promise<void>;
}

/** Plugins that are set up and not in force yet. */
export interface StagedPlugins {
  /** Puts them in force, in one step. What comes back ends the ones that were replaced. */
  commit(): () => Promise<void>;
  discard(): Promise<void>;
}

export interface PluginHostOptions {
  readonly log: Logger;
  readonly shared: SharedCapabilities;
  /** Absent where several threads send. */
  readonly beforeSend?: BeforeSend | undefined;
  /** Plugins of the hub itself; they are never replaced. */
  readonly builtIn: readonly LoadedPlugin[];
}

export function createPluginHost({ log, shared, beforeSend, builtIn }: PluginHostOptions): PluginHost {
  let running: readonly RunningPlugin[] = [];
  let registry = createRegistry(builtIn);
  const isolating = new Set<string>();
  const files = new Map<string, ReadonlySet<string>>();

  const start = (config: Config, name: string) => {
    const wanted = config.plugins.get(name);
    if (!wanted) {
      throw new ConfigError(config.locate(["plugins"]), `${name} is not in the configuration any more`);
    }
    // It may import more as it runs.
    const found = new Set<string>();
    const onFile = (path: string) => void found.add(path);
    return startPlugin({ wanted, config, log, shared, beforeSend, isolating, onFile }).then(
      (plugin) => {
        files.set(name, found);
        return plugin;
      },
      (error: unknown) => {
        // Whoever watches them wants to know when the mistake is mended, wherever it is.
        files.set(name, new Set([...(files.get(name) ?? []), ...found]));
        throw error;
      },
    );
  };

  return {
    get registry() {
      return registry;
    },
    async stage(config, only) {
      if (only !== undefined && !running.some(({ name }) => name === only)) {
        const remedy = "palaverd status names those that run, palaverd reload starts new ones";
        throw new ConfigError(config.locate(["plugins"]), `no plugin ${only} runs here; ${remedy}`);
      }
      const fresh = new Map<string, RunningPlugin>();
      const discard = async () => {
        await endAll([...fresh.values()].toReversed());
      };
      try {
        for (const name of only === undefined ? config.plugins.keys() : [only])
          fresh.set(name, await start(config, name));
        const next =
          only === undefined
            ? [...fresh.values()]
            : running.map((plugin) => fresh.get(plugin.name) ?? plugin);
        const table = createTable([...builtIn, ...next], config);
        checkListeners(config, table);
        return {
          discard,
          commit() {
            const old = running.filter((plugin) => !next.includes(plugin));
            running = next;
            registry = table;
            return async () => {
              await Promise.all(old.map(({ guard }) => guard.calls.drained(drainMs)));
              await endAll(old);
            };
          },
        };
      } catch (error) {
        await discard();
        throw error;
      }
    },
    report: () =>
      running.map(({ name, isolation, needs, guard }) => ({
        name,
        isolation,
        needs,
        ...guard.health.report(),
      })),
    files: () => new Map(running.map(({ name }) => [name, [...(files.get(name) ?? [])]])),
    async drain(maxMs) {
      const guards = [...builtIn, ...running].map(({ guard }) => guard);
      await Promise.all(guards.map(({ calls }) => calls.drained(maxMs)));
      for (const { calls } of guards) calls.abort();
    },
    dispose: () => endAll(running.toReversed()),
  };
}

async function endAll(plugins: readonly RunningPlugin[]): Promise<void> {
  await Promise.all(plugins.map((plugin) => plugin.dispose()));
}

function createTable(plugins: readonly LoadedPlugin[], config: Config): Registry {
  try {
    return createRegistry(plugins);
  } catch (error) {
    if (!(error instanceof CommandTaken)) throw error;
    const place = config.locate(["plugins", error.plugin]);
    throw new ConfigError(place, `${error.plugin}: ${error.message}`, { cause: error });
  }
}

function checkListeners(config: Config, registry: Registry): void {
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
