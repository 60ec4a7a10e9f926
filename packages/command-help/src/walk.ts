import type { CommandTable, OptionRow } from "./command-table.ts";

/** A command and all below it. */
export function everyCommand(table: CommandTable): readonly CommandTable[] {
  return [table, ...table.commands.flatMap(everyCommand)];
}

/** The words behind the program's name: `plugin new`; empty for the program itself. */
export function wordsOf({ path }: CommandTable): string {
  return path.slice(1).join(" ");
}

/** The options that may stand behind a command: its own and the program's. */
export function optionsOf(program: CommandTable, command: CommandTable): readonly OptionRow[] {
  const own = command.options;
  const others = program.options.filter(({ names }) => !own.some((row) => row.names.at(-1) === names.at(-1)));
  return command === program ? own : [...own, ...others];
}

/** Every option that takes a value, each name once. */
export function optionsWithValue(program: CommandTable): readonly OptionRow[] {
  const found = new Map<string, OptionRow>();
  for (const command of everyCommand(program)) {
    for (const option of command.options) {
      if (option.value !== undefined) found.set(option.names.join(), option);
    }
  }
  return [...found.values()];
}

/** Whether a value is a path, which shells complete themselves. */
export function isPath(value: string | undefined): boolean {
  return value !== undefined && /^(?:file|dir|folder|path)s?$/.test(value);
}

/** The words that a command's arguments may be. */
export function argumentChoices({ arguments: args }: CommandTable): readonly string[] {
  return args.flatMap(({ choices }) => choices);
}
