import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { loadConfig, type ConfigOptions, type Surroundings } from "../config/load.ts";
import type { Hub } from "../hub.ts";
import type { HubLog } from "../log/log.ts";
import { BindError } from "../transport/transport.ts";

/**
 * Reads the configuration again and gives it to the hub, or only one plugin of it; rejects with what was refused, and
 * the old one stays.
 */
export type Reload = (plugin?: string) => Promise<void>;

/** The configuration as it is now, with what cannot change while the hub runs as it was. */
export async function rereadConfig(
  first: Config,
  options: ConfigOptions,
  log: HubLog,
  around: Surroundings,
): Promise<Config> {
  const next = await loadConfig(options, around);
  const fixed = ({ dataDir, log: logging, metrics }: Config) => JSON.stringify([dataDir, logging, metrics]);
  if (fixed(next) !== fixed(first)) {
    log.logger.warn("data, log and metrics settings take effect at the next start");
  }
  return { ...next, dataDir: first.dataDir, log: first.log, metrics: first.metrics };
}

/** One reload at a time; of each kind one may wait, and reads what is there when its turn comes. */
export function createReload(
  hub: Hub,
  readConfig: () => Promise<Config>,
  { reopen, logger }: HubLog,
): Reload {
  let running: Promise<unknown> = Promise.resolve();
  const waiting = new Map<string | undefined, Promise<void>>();
  const reload = async (plugin: string | undefined) => {
    waiting.delete(plugin);
    const what = plugin === undefined ? "configuration" : `plugin ${plugin}`;
    if (plugin === undefined) reopen();
    try {
      const next = await readConfig();
      await (plugin === undefined ? hub.reload(next) : hub.reloadPlugin(plugin, next));
      logger.info(`${what} reloaded`);
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
