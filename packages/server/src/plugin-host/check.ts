import type { Config } from "../config/config.ts";
import { loadPlugin } from "./load.ts";
import { parseSettings } from "./settings.ts";

/** Loads every plugin of a configuration and checks its settings, without setting any up. @throws {ConfigError} */
export async function checkPlugins(config: Config): Promise<void> {
  for (const wanted of config.plugins.values()) {
    await parseSettings(await loadPlugin(wanted, config), wanted, config);
  }
}
