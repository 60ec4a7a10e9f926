import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config.ts";
import { loadConfig, type ConfigOptions, type Surroundings } from "../config/load.ts";
import type { Hub } from "../hub.ts";
import type { HubLog } from "../log/log.ts";
import { BindError } from "../transport/transport.ts";

/** Reads the configuration again and gives it to the hub; rejects with what was refused, and the old one stays. */
export type Reload = () => Promise<void>;

/** One reload at a time, and one that waits: it reads what is there when its turn comes. */
export function createReload(
  hub: Hub,
  first: Config,
  options: ConfigOptions,
  log: HubLog,
  around: Surroundings,
): Reload {
  let running: Promise<unknown> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const reload = async () => {
    waiting = undefined;
    log.reopen();
    try {
      const next = await loadConfig(options, around);
      const isFixed =
        next.dataDir === first.dataDir && JSON.stringify(next.log) === JSON.stringify(first.log);
      if (!isFixed) log.logger.warn("data and log settings take effect at the next start");
      await hub.reload({ ...next, dataDir: first.dataDir, log: first.log });
      log.logger.info("configuration reloaded");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const details = error instanceof ConfigError || error instanceof BindError ? {} : { err: error };
      log.logger.error(details, `configuration not reloaded, the old one stays: ${reason}`);
      throw error;
    }
  };
  return () => {
    if (!waiting) {
      waiting = running.then(reload);
      running = waiting.catch(() => {});
    }
    return waiting;
  };
}
