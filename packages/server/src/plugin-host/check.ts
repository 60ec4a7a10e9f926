import { pino } from "pino";
import type { Config } from "../config/config.ts";
import type { SharedCapabilities } from "./capabilities.ts";
import { createGuard } from "./guard.ts";
import { loadPlugin } from "./load.ts";
import { grantedNeeds } from "./needs.ts";
import { asConfigError, moduleOf } from "./running-plugin.ts";
import { readSettings, settingsError } from "./settings.ts";
import { tryInWorker } from "./worker/launch.ts";

/** Loads every plugin of a configuration and checks its settings, without setting any up. @throws {ConfigError} */
export async function checkPlugins(config: Config): Promise<void> {
  const log = pino({ level: "silent" });
  for (const wanted of config.plugins.values()) {
    const module = moduleOf(wanted, config);
    try {
      if (wanted.isolate === "worker") {
        const guard = createGuard({ plugin: wanted.name, log, onOff: () => {} });
        // Nothing is set up, so nothing of the hub is asked for.
        const shared = {} as SharedCapabilities;
        await tryInWorker({ wanted, module, config, log, shared, guard, onFile: () => {} });
        continue;
      }
      const plugin = await loadPlugin(module);
      const read = await readSettings(plugin, wanted.settings);
      if ("problem" in read) throw settingsError(read.problem, wanted, config);
      grantedNeeds(plugin.needs ?? [], wanted, config);
    } catch (error) {
      throw asConfigError(error, wanted, config);
    }
  }
}
