import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin } from "@palaver/plugin-api";
import { lendAuthorModules } from "./author-modules.ts";
import { ConfigError, type Config, type PluginConfig } from "../config/config.ts";

/** The version of the plugin interface that this hub speaks. */
const hubApi = 1;

/** Imports a plugin and checks that it is one. @throws {ConfigError} located at the plugin's table. */
export async function loadPlugin(wanted: PluginConfig, config: Config): Promise<Plugin> {
  const refuse = (message: string, cause?: unknown) =>
    new ConfigError(config.locate(["plugins", wanted.name, "from"]), message, { cause });
  const isFile = wanted.from.startsWith(".") || isAbsolute(wanted.from);
  const specifier = isFile ? pathToFileURL(resolve(config.directory, wanted.from)).href : wanted.from;
  if (isFile) lendAuthorModules();
  let loaded: { default?: unknown };
  try {
    loaded = (await import(specifier)) as { default?: unknown };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    throw refuse(`${wanted.from} cannot be loaded (${reason}); see that the file or package is there`, error);
  }
  const plugin = loaded.default as Partial<Plugin> | undefined;
  if (typeof plugin !== "object" || typeof plugin.name !== "string" || typeof plugin.setup !== "function") {
    throw refuse(
      `${wanted.from} is no plugin; it must export one by default: export default definePlugin({ … })`,
    );
  }
  if ((plugin.api as number) !== hubApi) {
    throw refuse(
      `${wanted.from} is written for plugin interface ${String(plugin.api)}, this hub speaks ${hubApi}; use a version for ${hubApi}`,
    );
  }
  if (plugin.name !== wanted.name) {
    throw refuse(`${wanted.from} names itself "${plugin.name}"; configure it as [plugins.${plugin.name}]`);
  }
  return plugin as Plugin;
}
