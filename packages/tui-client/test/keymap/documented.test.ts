import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { NO_CONFIG } from "../../src/config/read-config.ts";
import { BINDINGS, formatKey, isKeyName } from "../../src/keymap/bindings.ts";

const page = readFileSync(join(import.meta.dirname, "../../../../docs/terminal-client.md"), "utf8");

test("docs/terminal-client.md has every key", () => {
  for (const [key, command] of Object.entries(BINDINGS)) {
    expect(isKeyName(key), key).toBe(true);
    // Alt+1 … Alt+9 are told by the first and the last.
    if (/^room-[2-8]$/.test(command)) continue;
    expect(page.replaceAll("\\_", "_")).toMatch(new RegExp(`\\| .*${formatKey(key).replaceAll("+", "\\+")}`));
  }
});

test("docs/terminal-client.md has every setting with its default", () => {
  const table = page.replaceAll(/ +/g, " ");
  for (const [name, value] of Object.entries(NO_CONFIG.settings))
    expect(table).toContain(`| \`${name}\` | \`${JSON.stringify(value)}\` |`);
});
