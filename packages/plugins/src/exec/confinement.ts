import type { Log, Processes, ProcessLimits, ProcessSandbox, ProcessUser } from "@palaver/plugin-api";
import type { CatalogueEntry } from "./catalogue.ts";
import type { CommandConfig, ExecConfig } from "./config.ts";

const DEFAULT_PROCESSES = 64;

/** What a command's programs are held in. */
export interface Confinement {
  readonly user: ProcessUser | undefined;
  readonly limits: ProcessLimits | undefined;
  readonly sandbox: ProcessSandbox | undefined;
}

/**
 * Decides for every command, once, what this machine can hold it in; what it cannot is logged.
 * @throws {Error} when a required sandbox or a user cannot be had.
 */
export async function confine(
  entries: Iterable<CatalogueEntry>,
  config: ExecConfig,
  processes: Processes,
  log: Log,
): Promise<(entry: CatalogueEntry) => Confinement> {
  const confinements = new Map<CatalogueEntry, Confinement>();
  const limitsProblem = processes.limitsProblem();
  const findUser = once(async (name) => (name === undefined ? undefined : processes.findUser(name)));
  const findProblem = once(async (name) => processes.sandboxProblem(await findUser(name)));
  const unsandboxed = new Map<string, string[]>();
  const asRoot: string[] = [];
  for (const entry of entries) {
    const { name, config: command } = entry;
    const userName = command.user ?? config.user;
    const user = await findUser(userName);
    // What is there by default is harmless, also as root.
    const isOwn = Object.hasOwn(config.commands, name);
    if (user === undefined && process.getuid?.() === 0 && isOwn) asRoot.push(name);
    const wanted = command.sandbox ?? config.sandbox;
    const problem = wanted === "off" ? undefined : await findProblem(userName);
    if (problem !== undefined && wanted === "required") {
      throw new Error(`${name} must run in a sandbox, but ${problem}`);
    }
    if (problem !== undefined) unsandboxed.set(problem, [...(unsandboxed.get(problem) ?? []), name]);
    const isSandboxed = wanted !== "off" && problem === undefined;
    confinements.set(entry, {
      user,
      sandbox: isSandboxed ? sandboxOf(entry) : undefined,
      limits: limitsProblem === undefined ? limitsOf(command, isSandboxed) : undefined,
    });
  }
  for (const [reason, commands] of unsandboxed) {
    log.warn("these commands run without a sandbox", { commands, reason });
  }
  if (limitsProblem !== undefined) log.warn("commands run without limits", { reason: limitsProblem });
  if (asRoot.length > 0) {
    log.warn("these commands run as root, whom the kernel lets fork without limit; set user", {
      commands: asRoot,
    });
  }
  return (entry) => confinements.get(entry)!;
}

/** Asks once for each user, not for each command: it starts programs. */
function once<T>(find: (user: string | undefined) => Promise<T>): (user: string | undefined) => Promise<T> {
  const found = new Map<string | undefined, Promise<T>>();
  return (user) => {
    const known = found.get(user) ?? find(user);
    found.set(user, known);
    return known;
  };
}

/** The program, its working directory and the roots of its path arguments are there without being asked for. */
function sandboxOf({ program, args, config }: CatalogueEntry): ProcessSandbox {
  const { network, readable, writable, cwd } = config;
  const roots = args.flatMap(([, argument]) => (argument.type === "path" ? [argument.below] : []));
  return { network, readable: [program, cwd, ...roots, ...readable], writable };
}

function limitsOf(command: CommandConfig, isSandboxed: boolean): ProcessLimits {
  const { max_memory, max_processes, max_files, max_cpu, max_file_size } = command;
  return {
    memoryBytes: max_memory,
    processes: max_processes ?? (isSandboxed ? DEFAULT_PROCESSES : undefined),
    openFiles: max_files,
    cpuSeconds: max_cpu === undefined ? undefined : Math.ceil(max_cpu / 1000),
    fileBytes: max_file_size,
  };
}
