import type { Plugin } from "@palaver/plugin-api";
import { ConfigError, type Config, type PluginConfig } from "../config/config.ts";
import { startMs, withLimit } from "./time-limit.ts";

/** A setting that was refused: where in the plugin's table, and what to do. */
export interface SettingsProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Checks a plugin's part of the configuration with the plugin's own schema. @throws {TookTooLong} */
export async function readSettings(
  plugin: Plugin,
  settings: unknown,
): Promise<{ readonly value: unknown } | { readonly problem: SettingsProblem }> {
  const { config: schema } = plugin;
  if (!schema) {
    const [key] = Object.keys((settings as object | undefined) ?? {});
    if (key === undefined) return { value: undefined };
    // The hub's own keys are meant for all plugins.
    const { nearestHubKey } = await import("../config/settings-refusal.ts");
    const meant = nearestHubKey(key);
    const remedy = meant === undefined ? "remove it" : `did you mean ${meant}?`;
    return { problem: { path: [key], message: `${plugin.name} has no settings; ${remedy}` } };
  }
  const work = async () => schema["~standard"].validate(settings ?? {});
  const result = await withLimit(work(), startMs, "the schema of its settings");
  if (!result.issues) return { value: result.value };
  const { describeSettings } = await import("../config/settings-refusal.ts");
  return {
    problem: describeSettings(result.issues[0] ?? { message: "is not accepted" }, settings, schema),
  };
}

/** The refusal, located at its key. */
export function settingsError(
  { path, message }: SettingsProblem,
  wanted: PluginConfig,
  config: Config,
): ConfigError {
  return new ConfigError(config.locate(["plugins", wanted.name, ...path]), message);
}
