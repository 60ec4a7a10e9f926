import type { ProcessLimits } from "@palaver/plugin-api";

/** What sets limits, and is on every system; a program of its own for it (prlimit) costs 0.6 ms more than the shell. */
export const shell = "/bin/sh";

/**
 * Commands of a shell, joined by `&&`, that limit it and what it becomes; core files are never written. What cannot be set
 * ends the list, with the shell's own word on stderr.
 */
export function limitCommands(limits: ProcessLimits): string {
  const { memoryBytes, processes, openFiles, cpuSeconds, fileBytes } = limits;
  const commands = [
    "ulimit -c 0",
    ...given(memoryBytes, 1024, (kib) => `ulimit -v ${kib}`),
    // Of bash, then of dash and busybox.
    ...given(processes, 1, (count) => `{ ulimit -u ${count} 2>/dev/null || ulimit -p ${count}; }`),
    ...given(openFiles, 1, (count) => `ulimit -n ${count}`),
    // A second more for what handles SIGXCPU.
    ...given(cpuSeconds, 1, (seconds) => `ulimit -St ${seconds} && ulimit -Ht ${seconds + 1}`),
    ...given(fileBytes, 512, (blocks) => `ulimit -f ${blocks}`),
  ];
  return commands.join(" && ");
}

/** Rounded up to a unit. Limits come from plugins and become text that a shell reads: it is a number after this. */
function given(
  value: number | undefined,
  unit: number,
  command: (value: number) => string,
): readonly string[] {
  return value === undefined ? [] : [command(Math.ceil(value / unit))];
}

/**
 * Arguments in front of a program and its own. The shell does not read those: they are its parameters. What it adds to the
 * environment is taken away.
 * @param awaited what it does first, without limits: nothing, or wait for the program
 */
export function limitArguments(limits: ProcessLimits, awaited: string): readonly string[] {
  return [shell, "-c", `unset PWD OLDPWD SHLVL; ${awaited}${limitCommands(limits)} && exec "$@"`, "sh"];
}
