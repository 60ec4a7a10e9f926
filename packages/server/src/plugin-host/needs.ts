import type { Capability } from "@palaver/plugin-api";
import { ConfigError, type Config, type PluginConfig } from "../config/config.ts";
import { capabilities } from "../config/schema.ts";

/** What a plugin needs, if it was granted all of it. @throws {ConfigError} at the plugin's table. */
export function grantedNeeds(
  needs: readonly Capability[],
  wanted: PluginConfig,
  config: Config,
): readonly Capability[] {
  const { name } = wanted;
  const place = config.locate(["plugins", name]);
  const unknown = needs.find((need) => !capabilities.includes(need));
  if (unknown !== undefined) {
    const known = capabilities.join(", ");
    throw new ConfigError(
      place,
      `${name} needs ${JSON.stringify(unknown)}, which no hub has; there is ${known}`,
    );
  }
  const missing = wanted.grant === "all" ? [] : needs.filter((need) => !wanted.grant.includes(need));
  if (missing.length === 0) return needs;
  const grant = `grant = [${needs.map((need) => `"${need}"`).join(", ")}]`;
  throw new ConfigError(
    place,
    `${name} needs ${missing.join(", ")}; if you trust it with that, write ${grant}`,
  );
}
