import type { CommandTable, OptionRow } from "./command-table.ts";
import { argumentChoices, isPath } from "./walk.ts";

/** For `palaverd completions fish | source`; or a file in `~/.config/fish/completions`. */
export function fishScript(program: CommandTable): string {
  const name = program.path[0] ?? "";
  const lines = [`# Completions of ${name} for fish.`, `complete -c ${name} -f`];
  const add = (condition: string, rest: string) =>
    lines.push(`complete -c ${name}${condition === "" ? "" : ` -n ${quote(condition)}`} ${rest}`);
  // The program's own options may stand behind every command.
  for (const option of program.options) add("", optionWords(option));
  const walk = (command: CommandTable, seen: readonly string[]) => {
    const names = command.commands.map(({ path }) => path.at(-1) ?? "");
    const here = [
      ...seen,
      ...(names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(" ")}`]),
    ].join("; and ");
    for (const child of command.commands) {
      const word = child.path.at(-1) ?? "";
      add(here, `-a ${word} -d ${quote(child.description)}`);
      const below = [...seen, `__fish_seen_subcommand_from ${word}`];
      for (const option of child.options) add(below.join("; and "), optionWords(option));
      if (child.arguments.some(({ name: argument }) => isPath(argument))) add(below.join("; and "), "-F");
      const choices = argumentChoices(child);
      if (choices.length > 0) add(below.join("; and "), `-a ${quote(choices.join(" "))}`);
      walk(child, below);
    }
  };
  walk(program, []);
  return `${lines.join("\n")}\n`;
}

function optionWords({ names, description, value, choices }: OptionRow): string {
  const flags = names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const takes =
    value === undefined
      ? ""
      : isPath(value)
        ? " -r -F"
        : ` -x${choices.length > 0 ? ` -a ${quote(choices.join(" "))}` : ""}`;
  return `${flags.join(" ")}${takes} -d ${quote(description)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}
