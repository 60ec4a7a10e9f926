import { describeIssue, type Description, type Issue } from "./describe-issue.ts";
import { pluginKeys } from "./schema.ts";

/**
 * A setting that a plugin's own schema refused, in the words of an operator: key, value and remedy.
 * @param schema the plugin's; a zod schema also tells which unknown key was meant to be which
 */
export function describeSettings(issue: Issue, settings: unknown, schema: unknown): Description {
  return describeIssue(issue, settings, schema, Object.keys(pluginKeys));
}
