import { CommanderError, type Command } from "commander";
import { visible } from "../config/config-error.ts";
import { show } from "../config/describe-issue.ts";
import { findNearest } from "../config/nearest.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { Invocation } from "./invocation.ts";
import { createProgram } from "./program.ts";

/** @throws {Failure} with exit code 2 when the arguments make no sense. */
export function parseArguments(args: readonly string[], version: string): Invocation {
  let printed = "";
  let invocation: Invocation | undefined;
  const program = createProgram({
    version,
    print: (text) => void (printed += text),
    done: (asked) => void (invocation = asked),
  });
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { command: "print", text: printed };
    throw new Failure(`palaverd: ${explain(error, program)}`, exitCodes.usage, { cause: error });
  }
  return invocation!;
}

/** One line: what commander found, what may have been meant, where to read on. */
function explain(error: CommanderError, program: Command): string {
  const seeHelp = "see palaverd --help";
  if (error.code === "commander.excessArguments") return `${explainWord(program)} (${seeHelp})`;
  const invalid = /^error: option '.*?(--[a-z-]+)[^']*' argument '[^]*' is invalid\. ([^]*)$/.exec(
    error.message,
  );
  if (invalid) return `${invalid[1]}: ${visible(invalid[2]!)}`;
  if (/^error: unknown option '-[\w-]{42}'/.test(error.message))
    return `a key that begins with - is taken for an option; write -- before it: palaverd [options] grant -- KEY ROLE (${seeHelp})`;
  const said = error.message.replace(/^error: /, "").replace(/\n\(Did (you mean .*\?)\)$/, "; did $1");
  return `${visible(said)} (${seeHelp})`;
}

/** The first word that is no command. */
function explainWord(program: Command): string {
  let command = program;
  for (const [index, word] of program.args.entries()) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next) {
      command = next;
      continue;
    }
    const shown = show(word);
    if (command.commands.length === 0) {
      const { length } = command.registeredArguments;
      const excess = program.args[index + length];
      const words = length === 0 ? "no words" : length === 1 ? "one word" : `${length} words`;
      return `${command.name()} takes ${words}; remove ${excess === undefined ? shown : show(excess)}`;
    }
    const names = command.commands.map((candidate) => candidate.name());
    const nearest = findNearest(word, names);
    const hint = nearest === undefined ? `there is ${names.join(", ")}` : `did you mean ${nearest}?`;
    return `unknown command ${shown}; ${hint}`;
  }
  return "too many words";
}
