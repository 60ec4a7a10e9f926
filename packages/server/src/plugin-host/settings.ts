import type { Plugin } from "@palaver/plugin-api";
import { ConfigError, type Config, type PluginConfig } from "../config/config.ts";
import { settingsRefusal } from "../config/settings-refusal.ts";

/** Checks a plugin's part of the configuration with the plugin's own schema. @throws {ConfigError} located at the key. */
export async function parseSettings(plugin: Plugin, wanted: PluginConfig, config: Config): Promise<unknown> {
  const { config: schema } = plugin;
  if (!schema) {
    const [key] = Object.keys((wanted.settings as object | undefined) ?? {});
    if (key === undefined) return undefined;
    throw new ConfigError(
      config.locate(["plugins", plugin.name, key]),
      `${plugin.name} has no settings; remove it`,
    );
  }
  const result = await schema["~standard"].validate(wanted.settings ?? {});
  if (!result.issues) return result.value;
  throw settingsRefusal(config, plugin.name, result.issues[0] ?? { message: "is not accepted" }, schema);
}
