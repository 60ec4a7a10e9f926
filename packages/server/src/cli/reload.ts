import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { loadConfig, type ConfigOptions, type Surroundings } from "../config/load.ts";
import type { RunningHub } from "../hub.ts";
import type { HubLog } from "../log/log.ts";
import { BindError } from "../transport/transport.ts";

/**
 * Reads the configuration again and gives it to the hub, or only one plugin of it; rejects with what was refused, and
 * the old one stays. Resolves with what else the operator should know, if there is anything.
 */
export type Reload = (plugin?: string) => Promise<string | undefined>;

/** A configuration that was read again. */
export interface Reread {
  /** With what cannot change while the hub runs as it was. */
  readonly config: Config;
  /** Which changed settings wait for the next start. */
  readonly notice: string | undefined;
}

export async function rereadConfig(
  first: Config,
  options: ConfigOptions,
  { logger }: HubLog,
  around: Surroundings,
): Promise<Reread> {
  const next = await loadConfig(options, around);
  const changed = fixedSettings
    .filter(([, read]) => JSON.stringify(read(next)) !== JSON.stringify(read(first)))
    .map(([name]) => name);
  const notice =
    changed.length === 0 ? undefined : `${changed.join(", ")}: changed, and in force from the next start`;
  if (notice !== undefined) logger.warn(notice);
  return { config: keepFixed(next, first), notice };
}

/** A configuration with what can't change while the hub runs as it was at the start. */
export function keepFixed(next: Config, { dataDir, log, metrics, workers }: Config): Config {
  return { ...next, dataDir, log, metrics, workers };
}

const fixedSettings: readonly (readonly [name: string, read: (config: Config) => unknown])[] = [
  ["data", ({ dataDir }) => dataDir],
  ["io", ({ io }) => io],
  ["workers", ({ workers }) => workers],
  ["metrics", ({ metrics }) => metrics],
  ["[log]", ({ log }) => log],
  ["limits.handshakes_per_second", ({ limits }) => limits.handshakesPerSecond],
];

/** One reload at a time; of each kind one may wait, and reads what is there when its turn comes. */
export function createReload(
  hub: RunningHub,
  reread: () => Promise<Reread>,
  { reopen, logger }: HubLog,
): Reload {
  let running: Promise<unknown> = Promise.resolve();
  const waiting = new Map<string | undefined, Promise<string | undefined>>();
  const reload = async (plugin: string | undefined) => {
    waiting.delete(plugin);
    const what = plugin === undefined ? "configuration" : `plugin ${plugin}`;
    if (plugin === undefined) reopen();
    try {
      const { config, notice } = await reread();
      await (plugin === undefined ? hub.reload(config) : hub.reloadPlugin(plugin, config));
      logger.info(`${what} reloaded`);
      return notice;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const details = error instanceof ConfigError || error instanceof BindError ? {} : { err: error };
      logger.error(details, `${what} not reloaded, the old one stays: ${reason}`);
      throw error;
    }
  };
  return (plugin) => {
    const known = waiting.get(plugin);
    if (known) return known;
    const turn = running.then(() => reload(plugin));
    waiting.set(plugin, turn);
    running = turn.catch(() => {});
    return turn;
  };
}
