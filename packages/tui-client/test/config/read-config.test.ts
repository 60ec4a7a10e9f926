import { expect, test } from "vitest";
import { ConfigError } from "../../src/config/config-error.ts";
import { createPreferences } from "../../src/config/preferences.ts";
import { NO_CONFIG, parseConfig } from "../../src/config/read-config.ts";
import { configTemplate } from "../../src/config/template.ts";
import { createKeymap } from "../../src/keymap/bindings.ts";

test("the template holds every setting at its default", () => {
  expect(parseConfig(configTemplate(), "config.toml")).toEqual(NO_CONFIG);
  for (const name of Object.keys(NO_CONFIG.settings)) {
    expect(configTemplate()).toMatch(new RegExp(`^${name.split(".").at(-1)} = `, "m"));
  }
});

test("settings, keys and colours are read", () => {
  const source = `nick = "ada"\nrooms = ["#Dev"]\n[notify]\nbell = false\n[keys]\n"ctrl+t" = "translate"\n"ctrl+x" = ""\n[colours]\nmention = "bold magenta"\n`;
  const config = parseConfig(source, "config.toml");
  expect(config.settings).toMatchObject({ nick: "ada", rooms: ["dev"], "notify.bell": false });
  const keymap = createKeymap(config.keys);
  expect(keymap.get("ctrl+t")).toBe("translate");
  expect(keymap.has("ctrl+x")).toBe(false);
  expect(keymap.get("ctrl+a")).toBe("line-start");
  const { look } = createPreferences(config, { TERM: "xterm-256color" }, {}, undefined);
  expect(look.paint("mention", "ada")).toBe("\u001b[1;35mada\u001b[22;39m");
});

test.each([
  ["nik = 'a'", /config\.toml:1: nik: .*did you mean nick/],
  ["# one\n\nmouse = 'on'", /config\.toml:3: mouse: .*true or false/],
  ["[notify]\nbel = true", /config\.toml:2: notify\.bel: .*did you mean notify\.bell/],
  ["theme = 'drak'", /config\.toml:1: theme: .*dark, light/],
  ["[keys]\n'ctrl+t' = 'tranlate'", /config\.toml:2: keys\.ctrl\+t: .*did you mean translate/],
  ["[keys]\n'control+t' = 'translate'", /config\.toml:2: keys\.control\+t: .*is no key/],
  ["[colours]\nmention = 'blod'", /config\.toml:2: colours\.mention: .*is no style/],
  ["hub = 'a:b:c'", /config\.toml:1: hub: .*HOST\[:PORT\]/],
  ["nick = 'a\nx = 1", /config\.toml:1: column \d+: .*correct this line/],
  ["rooms = 'dev'", /config\.toml:1: rooms: .*\["dev", "ops"\]/],
])("%j is refused with file, line, key and remedy", (source, told) => {
  expect(() => parseConfig(source, "config.toml")).toThrow(told);
  expect(() => parseConfig(source, "config.toml")).toThrow(ConfigError);
});
