import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const sources = join(import.meta.dirname, "reference");
const built = join(tmpdir(), "palaver-bench-reference");
const ticksPerSecond = 100;

/**
 * Compiles one of the programs under `reference/` when a source is newer than what is there. @returns the program.
 * @param libraries that it is linked with, for example `-lcrypto` (Debian: libssl-dev).
 */
export function compileReference(name: string, ...libraries: readonly string[]): string {
  const program = join(built, name);
  mkdirSync(built, { recursive: true });
  const changedAtMs = readdirSync(sources).map((file) => statSync(join(sources, file)).mtimeMs);
  if (!existsSync(program) || statSync(program).mtimeMs < Math.max(...changedAtMs)) {
    const options = ["-O2", "-std=c++20", "-Wall", "-o", program, join(sources, `${name}.cpp`)];
    execFileSync("g++", [...options, ...libraries], { stdio: "inherit" });
  }
  return program;
}

/** A server that prints its port as its first line. */
export interface ReferenceServer extends AsyncDisposable {
  readonly port: number;
  readonly child: ChildProcess;
}

export async function startReference(program: string, ...args: readonly string[]): Promise<ReferenceServer> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return {
    port: Number(line),
    child,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Where a reference in JavaScript lies. */
export function referenceScript(name: string): string {
  return join(sources, `${name}.mjs`);
}

/**
 * CPU that a process and its threads have used, in seconds (utime and stime of proc_pid_stat(5)).
 * @param withChildren those that have ended, too (cutime and cstime).
 */
export function cpuSeconds({ pid }: ChildProcess, withChildren = false): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const ticks = fields.slice(11, withChildren ? 15 : 13).map(Number);
  return ticks.reduce((sum, one) => sum + one, 0) / ticksPerSecond;
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
