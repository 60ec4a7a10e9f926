import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./until.ts";

const repository = join(import.meta.dirname, "../..");
/** The two commands, as they are installed. */
export const palaverd = join(repository, "packages/server/bin/palaverd.mjs");
export const palaver = join(repository, "packages/tui-client/bin/palaver.mjs");

export interface Exit {
  /** As a shell has it: 128 + the number of the signal that ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Added to an environment that holds nothing of the machine's but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A program that runs, with all that it has said so far. */
export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly exited: Promise<Exit>;
  readonly isRunning: boolean;
  write(text: string | Uint8Array): void;
  /** Ends its standard input. */
  endInput(): void;
  /** Stops reading its standard output. */
  closeOutput(): void;
  signal(name: NodeJS.Signals): void;
  /** Waits for words on standard output. */
  prints(pattern: RegExp | string, timeoutMs?: number): Promise<void>;
  complains(pattern: RegExp | string, timeoutMs?: number): Promise<void>;
}

// Nothing outlives the tests, also when they are interrupted.
const children = new Set<ChildProcess>();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

export function startProgram(file: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const child = spawn(file, args, {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", ...options.env },
    stdio: "pipe",
  });
  children.add(child);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (said[name] += text));
  }
  // It may end before it has read all that it was given.
  child.stdin.on("error", () => {});
  let isRunning = true;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      isRunning = false;
      children.delete(child);
      resolve({ code: code ?? 128 + (signalNumbers[signal ?? ""] ?? 0), ...said });
    });
  });
  exited.catch(() => {});
  const says = (name: "stdout" | "stderr") => async (pattern: RegExp | string, timeoutMs?: number) => {
    const isThere = () =>
      typeof pattern === "string" ? said[name].includes(pattern) : pattern.test(said[name]);
    await until(`${String(pattern)} on ${name}`, () => isThere(), {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      detail: () => `stdout: ${said.stdout}\nstderr: ${said.stderr}`,
    });
  };
  return {
    pid: child.pid ?? 0,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    exited,
    get isRunning() {
      return isRunning;
    },
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    closeOutput: () => void child.stdout.destroy(),
    signal: (name) => void child.kill(name),
    prints: says("stdout"),
    complains: says("stderr"),
    async [Symbol.asyncDispose]() {
      if (isRunning) child.kill("SIGKILL");
      await exited.catch(() => {});
    },
  };
}

/** Runs one of our own commands to its end. */
export async function runCommand(
  bin: string,
  args: readonly string[],
  options: ProgramOptions & { readonly input?: string } = {},
): Promise<Exit> {
  await using program = startProgram(process.execPath, [bin, ...args], options);
  program.write(options.input ?? "");
  program.endInput();
  return await program.exited;
}
