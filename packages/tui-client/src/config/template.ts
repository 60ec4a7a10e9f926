import { BINDINGS } from "../keymap/bindings.ts";
import { ROLES } from "../theme/themes.ts";
import { SETTINGS } from "./settings.ts";

/** A configuration file with every setting at its default, for people to change. */
export function configTemplate(): string {
  const lines = [
    "# The configuration of palaver, the terminal client. Every setting is shown with its default.",
    "",
  ];
  let table = "";
  for (const [key, { fallback, summary }] of Object.entries(SETTINGS)) {
    const [name = "", section] = key.split(".").toReversed();
    if (section !== undefined && section !== table) lines.push("", `[${(table = section)}]`);
    lines.push(`# ${summary}`, `${name} = ${JSON.stringify(fallback)}`);
  }
  lines.push("", '# Keys and what they do; "" unbinds one. Alt+H explains them all.', "[keys]");
  for (const [key, command] of Object.entries(BINDINGS)) lines.push(`# "${key}" = "${command}"`);
  lines.push("", `# Styles of your own, for ${Object.keys(ROLES).join(", ")}.`, "[colours]");
  lines.push('# mention = "bold magenta"', '# time = "244"');
  return `${lines.join("\n")}\n`;
}
