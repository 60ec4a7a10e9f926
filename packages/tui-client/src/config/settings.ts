import { parseAddress } from "../arguments/address.ts";
import { foldRoomName } from "../text/room-name.ts";
import { reasonOf } from "../text/reason.ts";

/** One setting: its default, what it is for, and a check that returns the value or throws what is wrong and what to write. */
interface Setting<T> {
  readonly fallback: T;
  readonly summary: string;
  read(value: unknown): T;
}

function oneOf<const T extends readonly string[]>(
  choices: T,
  fallback: T[number],
  summary: string,
): Setting<T[number]> {
  return {
    fallback,
    summary: `${summary} (${choices.join(", ")})`,
    read(value) {
      if (typeof value === "string" && choices.includes(value)) return value;
      throw new Error(`${JSON.stringify(value)} is none of its values; write one of ${choices.join(", ")}`);
    },
  };
}

function flag(fallback: boolean, summary: string): Setting<boolean> {
  return {
    fallback,
    summary,
    read(value) {
      if (typeof value === "boolean") return value;
      throw new Error(`${JSON.stringify(value)} is not true or false; write it without quotes`);
    },
  };
}

function text(summary: string, check: (value: string) => unknown = () => {}): Setting<string> {
  return {
    fallback: "",
    summary,
    read(value) {
      if (typeof value !== "string") throw new Error(`${JSON.stringify(value)} is no text; put it in quotes`);
      try {
        if (value !== "") check(value);
      } catch (error) {
        throw new Error(`${reasonOf(error)}; correct it, or write "" for none`, { cause: error });
      }
      return value;
    },
  };
}

function rooms(summary: string): Setting<readonly string[]> {
  return {
    fallback: [],
    summary,
    read(value) {
      if (Array.isArray(value) && value.every((each) => typeof each === "string"))
        return value.map(foldRoomName);
      throw new Error(`is no list of names; write ["dev", "ops"]`);
    },
  };
}

/** Every setting of the client, by its place in `config.toml`. */
export const SETTINGS = {
  hub: text("the hub to talk to when the command line names none: HOST[:PORT]", parseAddress),
  nick: text("the nickname to ask for; empty: the one the hub knows you by"),
  rooms: rooms("rooms to enter at the start, beside --room"),
  lang: oneOf(["auto", "en", "zh"], "auto", "language; auto: the locale's"),
  theme: oneOf(["auto", "dark", "light", "16", "none"], "auto", "colours; auto: the terminal's"),
  charset: oneOf(["auto", "utf-8", "ascii"], "auto", "what the terminal can show; auto: the locale's"),
  mouse: flag(false, "the wheel scrolls; the terminal's own selection then needs Shift"),
  coming: oneOf(["grouped", "all", "none"], "grouped", "who comes and goes"),
  links: oneOf(["auto", "on", "off"], "auto", "addresses can be clicked (OSC 8)"),
  "notify.bell": flag(true, "ring the terminal's bell when you are named"),
  "notify.desktop": oneOf(
    ["auto", "osc9", "osc777", "off"],
    "auto",
    "tell the desktop when you are named and look elsewhere",
  ),
  "translate.words": flag(false, "translate messages of a single word"),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { readonly [Name in SettingName]: ReturnType<(typeof SETTINGS)[Name]["read"]> };

export function defaultSettings(): Settings {
  return Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { fallback }]) => [name, fallback]),
  ) as unknown as Settings;
}
