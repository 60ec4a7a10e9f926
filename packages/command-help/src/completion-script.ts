import { bashScript } from "./bash-script.ts";
import type { CommandTable } from "./command-table.ts";
import { fishScript } from "./fish-script.ts";
import { zshScript } from "./zsh-script.ts";

export const shells = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof shells)[number];

const scripts: Readonly<Record<Shell, (program: CommandTable) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

export function isShell(text: string): text is Shell {
  return (shells as readonly string[]).includes(text);
}

/** What a shell loads to complete a program's commands, options and their values. */
export function completionScript(program: CommandTable, shell: Shell): string {
  return scripts[shell](program);
}
