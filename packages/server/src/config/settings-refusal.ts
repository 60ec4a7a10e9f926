import { describeIssue, type Description, type Issue } from "./describe-issue.ts";
import { findNearest } from "./nearest.ts";
import { pluginKeys } from "./schema.ts";

/**
 * A setting that a plugin's own schema refused, in the words of an operator: key, value and remedy.
 * @param schema the plugin's; a zod schema also tells which unknown key was meant to be which
 */
export function describeSettings(issue: Issue, settings: unknown, schema: unknown): Description {
  return describeIssue(issue, settings, schema, Object.keys(pluginKeys));
}

/** The key of the hub's own in a plugin's table that was probably meant, if one is near. */
export function nearestHubKey(key: string): string | undefined {
  return findNearest(key, Object.keys(pluginKeys));
}
