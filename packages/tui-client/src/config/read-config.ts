import { readFileSync } from "node:fs";
import { TomlError, parse } from "smol-toml";
import { type AppCommand, isCommand } from "../keymap/commands.ts";
import { isKeyName } from "../keymap/bindings.ts";
import { createPainter } from "../theme/style.ts";
import { ROLES, type Role } from "../theme/themes.ts";
import { reasonOf } from "../text/reason.ts";
import { sanitizeLine } from "../text/sanitize.ts";
import { ConfigError } from "./config-error.ts";
import { findKeyLines } from "./key-lines.ts";
import { nearest } from "./nearest.ts";
import { SETTINGS, type SettingName, type Settings, defaultSettings } from "./settings.ts";

const MAX_FILE_LENGTH = 256 * 1024;

export interface Config {
  readonly settings: Settings;
  /** The user's own bindings; undefined unbinds a key. */
  readonly keys: Readonly<Record<string, AppCommand | undefined>>;
  readonly colours: Readonly<Partial<Record<Role, string>>>;
}

export const NO_CONFIG: Config = { settings: defaultSettings(), keys: {}, colours: {} };

/** The configuration in a file; the defaults where there is none. @throws {ConfigError} for the first thing refused. */
export function readConfig(file: string): Config {
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return NO_CONFIG;
    throw new ConfigError({ file }, `cannot be read (${code}); see its permissions`, { cause: error });
  }
  return parseConfig(source, file);
}

/** @param file named in errors. @throws {ConfigError} */
export function parseConfig(source: string, file: string): Config {
  if (source.length > MAX_FILE_LENGTH)
    throw new ConfigError({ file }, "is larger than 256 KiB; is it the right file?");
  const settings: Record<string, unknown> = { ...NO_CONFIG.settings };
  const keys: Record<string, AppCommand | undefined> = {};
  const colours: Partial<Record<Role, string>> = {};
  const lines = findKeyLines(source);

  for (const [key, value] of flatten(parseToml(source, file))) {
    try {
      const [section, ...rest] = key.split(".");
      const name = rest.join(".");
      if (section === "keys") keys[readKeyName(name)] = readCommand(value);
      else if (section === "colours") colours[readRole(name)] = readStyle(value);
      else settings[key] = settingOf(key).read(value);
    } catch (error) {
      throw new ConfigError(
        { file, line: lines.get(key), key: sanitizeLine(key, 80) },
        sanitizeLine(reasonOf(error)),
        {
          cause: error,
        },
      );
    }
  }
  return { settings: settings as unknown as Settings, keys, colours };
}

function parseToml(source: string, file: string): Record<string, unknown> {
  try {
    return parse(source);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n", 1);
    const reason = first.replace("Invalid TOML document: ", "");
    throw new ConfigError(
      { file, line: error.line, key: `column ${error.column}` },
      `${sanitizeLine(reason)}; correct this line (see https://toml.io)`,
      { cause: error },
    );
  }
}

/** Values by dotted path; tables are walked, everything else is a value. */
function flatten(table: Record<string, unknown>, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    const key = prefix + name;
    // The parser's tables have no prototype; its dates and lists have one.
    const isTable = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
    return isTable ? flatten(value as Record<string, unknown>, `${key}.`) : [[key, value]];
  });
}

function settingOf(key: string) {
  if (Object.hasOwn(SETTINGS, key)) return SETTINGS[key as SettingName];
  throw new Error(`is no setting${meant(key, Object.keys(SETTINGS))}`);
}

function readKeyName(name: string): string {
  if (isKeyName(name)) return name;
  throw new Error(
    `is no key; write it like "ctrl+t", "alt+left" or "f5", the prefixes in the order ctrl, alt, shift`,
  );
}

/** An empty text unbinds. */
function readCommand(value: unknown): AppCommand | undefined {
  if (value === "") return undefined;
  if (typeof value === "string" && isCommand(value)) return value;
  throw new Error(`${JSON.stringify(value)} is no command${meant(String(value), isCommand.all)}`);
}

function readRole(name: string): Role {
  if (Object.hasOwn(ROLES, name)) return name as Role;
  throw new Error(`is no part of the screen${meant(name, Object.keys(ROLES))}`);
}

function readStyle(value: unknown): string {
  if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} is no style; write "bold yellow"`);
  createPainter(value, 24);
  return value;
}

function meant(typed: string, words: readonly string[]): string {
  const word = nearest(typed, words);
  return word === undefined ? `; there is ${words.join(", ")}` : `; did you mean ${word}?`;
}
