import type { CommandTable, OptionRow } from "./command-table.ts";
import { everyCommand } from "./walk.ts";

export interface ManualOptions {
  readonly version: string;
  /** 1 for programs, 8 for those of an operator. */
  readonly section: 1 | 8;
  /** ISO 8601, of the day. */
  readonly date: string;
}

/** A manual page of a program and all its commands, in man(7). */
export function manualPage(program: CommandTable, { version, section, date }: ManualOptions): string {
  const name = program.path[0] ?? "";
  const commands = everyCommand(program).slice(1);
  return `${[
    `.TH ${name.toUpperCase()} ${section} ${date} "palaver ${escape(version)}"`,
    ".SH NAME",
    `${escape(name)} \\- ${escape(program.description.replace(/\.$/, ""))}`,
    ".SH SYNOPSIS",
    `.B ${escape(name)}`,
    escape(program.usage),
    ".SH DESCRIPTION",
    escape(program.description),
    ".SH OPTIONS",
    ...program.options.flatMap(optionLines),
    ".SH COMMANDS",
    ...commands.flatMap(commandLines),
    ...(program.after === "" ? [] : [".SH EXAMPLES", ...verbatim(program.after)]),
    ".SH SEE ALSO",
    name === "palaver" ? ".BR palaverd (8)" : ".BR palaver (1)",
  ].join("\n")}\n`;
}

function commandLines({
  path,
  usage,
  description,
  arguments: args,
  options,
  after,
}: CommandTable): readonly string[] {
  return [
    `.SS ${escape([...path.slice(1), usage].join(" ").trim())}`,
    escape(description),
    ...args.flatMap(({ name, description: text }) => [".TP", `.I ${escape(name)}`, escape(text)]),
    ...options.flatMap(optionLines),
    ...(after === "" ? [] : verbatim(after)),
  ];
}

function optionLines({ flags, description }: OptionRow): readonly string[] {
  return [".TP", `.B ${escape(flags)}`, escape(description)];
}

function verbatim(text: string): readonly string[] {
  return [".PP", ".nf", ...text.split("\n").map(escape), ".fi"];
}

/** Text as it is: `-` as what can be copied, nothing at a line's begin as a request. */
function escape(text: string): string {
  return text
    .replaceAll("\\", String.raw`\e`)
    .replaceAll("-", String.raw`\-`)
    .replace(/^(?=[.'])/, String.raw`\&`);
}
