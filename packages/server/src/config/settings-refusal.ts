import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { describeIssue, type Issue } from "./describe-issue.ts";
import { pluginKeys } from "./schema.ts";

/**
 * A plugin's settings, refused by the plugin's own schema: the error names file, line, key, value and remedy.
 * @param schema the plugin's; a zod schema also tells which unknown key was meant to be which
 */
export function settingsRefusal(config: Config, plugin: string, issue: Issue, schema: unknown): ConfigError {
  const { path, message } = describeIssue(
    issue,
    config.plugins.get(plugin)?.settings,
    schema,
    Object.keys(pluginKeys),
  );
  return new ConfigError(config.locate(["plugins", plugin, ...path]), message);
}
