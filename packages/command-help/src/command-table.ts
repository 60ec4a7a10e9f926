import type { EventEmitter } from "node:events";
import type { Argument, Command, Help, Option } from "commander";

/** What help says of a command, as data. */
export interface CommandTable {
  /** From the program on: `["palaverd", "plugin", "new"]`. */
  readonly path: readonly string[];
  /** What it is called with, behind its name. */
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly ArgumentRow[];
  readonly options: readonly OptionRow[];
  readonly commands: readonly CommandTable[];
  /** What help says below everything else: examples, exit codes. */
  readonly after: string;
}

export interface ArgumentRow {
  readonly name: string;
  readonly description: string;
  /** The words that it takes, where those are known. */
  readonly choices: readonly string[];
}

export interface OptionRow {
  /** `-d, --data <dir>` */
  readonly flags: string;
  /** `["-d", "--data"]` */
  readonly names: readonly string[];
  readonly description: string;
  /** What its value is called; undefined when it takes none. */
  readonly value: string | undefined;
  /** The values that it takes, where those are known. */
  readonly choices: readonly string[];
}

/** A parser of an option's value that takes these words only; completions offer them. */
export function withChoices<P extends (text: string) => unknown>(words: readonly string[], parse: P): P {
  return Object.assign(parse, { choices: words });
}

export function describeCommand(command: Command, above: readonly string[] = []): CommandTable {
  const help = command.createHelp();
  const path = [...above, command.name()];
  return {
    path,
    usage: command.usage(),
    description: command.description() || command.summary(),
    arguments: help.visibleArguments(command).map((argument) => ({
      name: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
      choices: choicesOf(argument),
    })),
    options: help.visibleOptions(command).map((option) => describeOption(option, help)),
    commands: help.visibleCommands(command).map((child) => describeCommand(child, path)),
    after: textAfter(command),
  };
}

function describeOption(option: Option, help: Help): OptionRow {
  return {
    flags: help.optionTerm(option),
    names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
    description: help.optionDescription(option),
    value: /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1],
    choices: choicesOf(option),
  };
}

function choicesOf({ argChoices, parseArg }: Option | Argument): readonly string[] {
  const given = parseArg && "choices" in parseArg ? (parseArg.choices as readonly string[]) : [];
  return argChoices ?? given;
}

/** Commander has what `addHelpText` was given in listeners only. */
function textAfter(command: Command): string {
  let text = "";
  const listeners = command as unknown as EventEmitter;
  listeners.emit("afterHelp", { error: false, command, write: (part: string) => (text += part) });
  return text.trim();
}
