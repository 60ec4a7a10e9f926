import { accessSync, constants } from "node:fs";
import { Refusal, type Caller } from "@palaver/plugin-api";
import { type Argument, isOptional, problemOf, tryResolve, usageOf } from "./argument.ts";
import { type CommandConfig, commandSchema, type ExecConfig } from "./config.ts";
import { expandTemplates, parseTemplate, type Template } from "./template.ts";

const MAX_LINE_BYTES = 1000;
const MAX_ARGUMENTS = 32;
const HIDDEN = "***";
/** Names in the answer to an unknown one; text peers get one short datagram. */
const MAX_NAMES_SHOWN = 20;

/** Harmless, and without arguments. */
const defaultCommands = [
  ["date", "Date and time of the hub's machine"],
  ["hostname", "Name of the hub's machine"],
  ["uptime", "How long the hub's machine has been running, and its load"],
  ["whoami", "The user that commands run as"],
] as const;

/** A program that may be run, ready to be filled with arguments. */
export interface CatalogueEntry {
  readonly name: string;
  readonly summary: string;
  /** The name and its arguments as help prints them. */
  readonly usage: string;
  readonly program: string;
  readonly templates: readonly Template[];
  readonly env: readonly (readonly [name: string, template: Template])[];
  readonly args: readonly (readonly [name: string, argument: Argument])[];
  readonly config: CommandConfig;
}

/** What a caller's words come down to. */
export interface Prepared {
  readonly entry: CatalogueEntry;
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** The program and its arguments for people, secrets hidden. */
  readonly shown: string;
}

export interface Catalogue {
  readonly entries: ReadonlyMap<string, CatalogueEntry>;
  /** One line for each command that the caller may run. */
  list(caller: Caller): string;
  /**
   * The only way from a caller's words to a program, whatever way the words came.
   * @throws {Refusal} when they are not exactly what the operator allowed this caller.
   */
  prepare(words: readonly string[], caller: Caller): Promise<Prepared>;
  /** The words as they may be kept: `***` for a secret, and for every word too many where a secret was expected. */
  redact(words: readonly string[]): readonly string[];
}

export function createCatalogue(config: ExecConfig): Catalogue {
  const commands = new Map<string, CommandConfig>();
  if (config.defaults) {
    for (const [name, summary] of defaultCommands) {
      const program = [`/usr/bin/${name}`, `/bin/${name}`].find(mayExecute);
      if (program) commands.set(name, commandSchema.parse({ summary, argv: [program] }));
    }
  }
  for (const [name, command] of Object.entries(config.commands)) commands.set(name, command);
  const entries = new Map(
    [...commands]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, command]) => [name, createEntry(name, command)] as const),
  );

  const allowed = (caller: Caller): CatalogueEntry[] =>
    [...entries.values()].filter((entry) => mayRun(entry, caller));

  return {
    entries,
    list(caller) {
      const lines = allowed(caller).map(({ usage, summary }) => `${usage} - ${summary}`);
      if (lines.length === 0) return "There is nothing here that you may run.";
      return [...lines, "Words are split at blanks; quotes mean nothing."].join("\n");
    },
    async prepare(words, caller) {
      const [name = "", ...given] = words;
      if (Buffer.byteLength(words.join(" ")) > MAX_LINE_BYTES || given.length > MAX_ARGUMENTS) {
        throw new Refusal(
          `That is too long: at most ${MAX_LINE_BYTES} bytes and ${MAX_ARGUMENTS} arguments.`,
          "TOO_LARGE",
        );
      }
      const entry = entries.get(name);
      if (!entry) throw unknownCommand(allowed(caller).map((other) => other.name));
      if (!mayRun(entry, caller)) throw missingRole(entry, caller);
      const values = await fill(entry, given);
      const hidden = new Map(
        entry.args.flatMap(([key, { secret }]) =>
          secret && values.has(key) ? [[key, HIDDEN] as const] : [],
        ),
      );
      const shown = expandTemplates(entry.templates, new Map([...values, ...hidden]));
      return {
        entry,
        argv: [entry.program, ...expandTemplates(entry.templates, values)],
        env: Object.fromEntries(
          entry.env.flatMap(([key, template]) =>
            expandTemplates([template], values).map((value) => [key, value] as const),
          ),
        ),
        shown: [entry.program, ...shown].join(" "),
      };
    },
    redact(words) {
      const [name = "", ...given] = words;
      const args = entries.get(name)?.args ?? [];
      if (!args.some(([, { secret }]) => secret)) return words;
      return [name, ...given.map((word, index) => (args[index]?.[1].secret === false ? word : HIDDEN))];
    },
  };
}

function createEntry(name: string, config: CommandConfig): CatalogueEntry {
  const [program = [], ...elements] = config.argv.map(parseTemplate);
  const args = Object.entries(config.args);
  return {
    name,
    summary: config.summary,
    usage: [name, ...args.map(([key, argument]) => usageOf(key, argument))].join(" "),
    // The schema refused placeholders here, so what is left to undo are doubled braces.
    program: expandTemplates([program], new Map()).join(""),
    templates: elements,
    env: Object.entries(config.env).map(([key, value]) => [key, parseTemplate(value)] as const),
    args,
    config,
  };
}

/** True when there is such a program, or a folder to work in, now; they come and go. */
export function mayExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function mayRun({ config: { roles } }: CatalogueEntry, caller: Caller): boolean {
  return roles === undefined || roles.some((role) => caller.roles.includes(role));
}

function unknownCommand(names: readonly string[]): Refusal {
  const shown = names.slice(0, MAX_NAMES_SHOWN).join(", ") + (names.length > MAX_NAMES_SHOWN ? ", …" : "");
  return new Refusal(`There is no such command. You may run: ${shown || "nothing"}.`, "NOT_FOUND");
}

function missingRole({ name, config }: CatalogueEntry, caller: Caller): Refusal {
  const held = caller.roles.length > 0 ? caller.roles.join(", ") : "none";
  return new Refusal(
    `${name} needs the role ${(config.roles ?? []).join(" or ")}; you hold ${held}.`,
    "FORBIDDEN",
  );
}

async function fill(entry: CatalogueEntry, given: readonly string[]): Promise<Map<string, string>> {
  if (given.length > entry.args.length) throw wrongUsage(entry, "Too many arguments.");
  const values = new Map<string, string>();
  for (const [index, [name, argument]] of entry.args.entries()) {
    const word = given[index] ?? argument.default;
    if (word === undefined) {
      if (!isOptional(argument)) throw wrongUsage(entry, `${name} is missing.`);
      continue;
    }
    const problem = problemOf(argument, word);
    if (problem) throw wrongUsage(entry, `${name} ${problem}.`);
    const value = await tryResolve(argument, word);
    // The same words for what is not there and what lies outside: nobody learns here which files exist.
    if (value === undefined) throw wrongUsage(entry, `${name} names nothing that may be used here.`);
    values.set(name, value);
  }
  return values;
}

function wrongUsage(entry: CatalogueEntry, problem: string): Refusal {
  return new Refusal(`${problem} Usage: ${entry.usage}`, "INVALID");
}
