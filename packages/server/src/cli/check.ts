import { loadConfig, type ConfigOptions } from "../config/load.ts";
import { exitCodes } from "./exit.ts";
import type { World } from "./world.ts";

/** Reads the configuration and lets every plugin check its settings; opens no socket and writes nothing. */
export async function check(options: ConfigOptions, world: World): Promise<number> {
  const config = await loadConfig(options, world);
  const { checkPlugins } = await world.loadHub();
  await checkPlugins(config);
  const plugins = [...config.plugins.keys()].join(", ") || "none";
  world.printOutput(`${options.config ?? "defaults"}: holds (plugins: ${plugins})\n`);
  return exitCodes.done;
}
