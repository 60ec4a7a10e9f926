import { Refusal } from "@palaver/plugin-api";
import type { ScanStrategy } from "./entry.ts";
import { cleanText } from "./fold.ts";

/** Ways to match headwords, with what DICT clients are told of them. */
export const strategies = {
  exact: "the word itself",
  prefix: "words that begin so",
  suffix: "words that end so",
  substring: "words that hold it",
  soundex: "words that sound alike in English",
  lev: "words with at most two typing errors",
} as const;

export type Strategy = keyof typeof strategies;

export function isStrategy(name: string): name is Strategy {
  return Object.hasOwn(strategies, name);
}

export function isScan(strategy: Strategy | undefined): strategy is ScanStrategy {
  return strategy === "suffix" || strategy === "substring" || strategy === "soundex";
}

/** What a command line asks for. */
export interface LookupOptions {
  readonly text: string;
  /** The one dictionary that is asked. */
  readonly only?: string;
  /** A language such as `en`: dictionaries that translate into another one are not asked. */
  readonly to?: string;
  readonly strategy?: Strategy;
  /** Each word by itself. */
  readonly byWord?: true;
}

/** Of a word that is repeated in a refusal. */
const maxShown = 64;

/**
 * Reads `-d DICTIONARY`, `-s STRATEGY`, `-t LANGUAGE` and `-w`, which stand before the word.
 * @param names of the dictionaries.
 * @throws {Refusal} INVALID, naming what there is.
 */
export function parseOptions(line: string, names: readonly string[]): LookupOptions {
  let rest = line.trim();
  let options: Omit<LookupOptions, "text"> = {};
  for (;;) {
    const [all = "", flag] = /^-([dstw])(?=\s|$)\s*/u.exec(rest) ?? [];
    if (flag === undefined) return { ...options, text: rest };
    rest = rest.slice(all.length);
    if (flag === "w") {
      options = { ...options, byWord: true };
      continue;
    }
    const value = /^\S*/u.exec(rest)![0];
    rest = rest.slice(value.length).trimStart();
    options = { ...options, ...readOption(flag, value, names) };
  }
}

function readOption(flag: string, value: string, names: readonly string[]): Omit<LookupOptions, "text"> {
  const shown = cleanText(value.slice(0, maxShown));
  if (flag === "d") {
    if (names.includes(value)) return { only: value };
    throw refuse(value, "-d needs the name of a dictionary", `There is no dictionary ${shown}`, names);
  }
  if (flag === "s") {
    if (isStrategy(value)) return { strategy: value };
    throw refuse(
      value,
      "-s needs a way to match",
      `There is no way to match ${shown}`,
      Object.keys(strategies),
    );
  }
  if (/^[a-z]{2,3}$/i.test(value)) return { to: Intl.getCanonicalLocales(value)[0] ?? value };
  throw refuse(value, "-t needs a language", `${shown} is no code of a language`, ["en", "zh", "de"]);
}

function refuse(value: string, missing: string, unknown: string, known: readonly string[]): Refusal {
  return new Refusal(`${value === "" ? missing : unknown}. There are: ${known.join(", ")}`, "INVALID");
}
