import { fork } from "node:child_process";
import { extname, join } from "node:path";

/** What an import's process tells the one that started it. */
export type ImportMessage = { readonly fraction: number } | { readonly error: string };

/**
 * Runs an import in a process of its own.
 * @param name of the program beside this file, without its ending.
 * @param signal ends it at once; the promise then rejects with its reason.
 * @throws {Error} saying what went wrong there.
 */
export async function runImport(
  name: "build-process" | "index-process",
  args: readonly string[],
  signal: AbortSignal,
  onProgress: (fraction: number) => void = () => {},
): Promise<void> {
  signal.throwIfAborted();
  // The same folder holds the sources in development and what was built from them otherwise.
  const program = join(import.meta.dirname, name + extname(import.meta.filename));
  const child = fork(program, [...args], {
    // Left to itself the heap grows to 300 MB for a work that needs 40.
    execArgv: ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--max-old-space-size=96"],
    // The hub's own options (an inspector, a test runner's loader) are not the child's.
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Every batch is a transaction, and a draft is thrown away: there is nothing to wind up.
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  let problem: string | undefined;
  child.on("message", (message: ImportMessage) => {
    if ("error" in message) problem = message.error;
    else onProgress(message.fraction);
  });
  child.on("error", reject);
  child.on("close", (status, endedBy) => {
    if (signal.aborted) reject(signal.reason as Error);
    else if (status === 0) resolve();
    else reject(new Error(problem ?? `its process ended with ${endedBy ?? status}`));
  });
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
