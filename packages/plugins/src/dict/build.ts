import { fork } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { extname, join } from "node:path";
import type { BuildMessage } from "./import/build-process.ts";
import type { DictionaryName } from "./import/stage.ts";

// The same folder holds the sources in development and what was built from them otherwise.
const program = join(import.meta.dirname, `import/build-process${extname(import.meta.filename)}`);
const maxComplaintCharacters = 2000;

/**
 * Imports ECDICT and CC-CEDICT into `directory` in a process of its own; at once when they are there already.
 * An import that was cut goes on where it was; another one into the same folder is waited for.
 * @param onProgress is called with 0 to 1, finally with 1.
 * @param signal ends the import at once; the promise then rejects with its reason.
 */
export async function buildDictionaries(
  directory: string,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
  dictionaries: readonly DictionaryName[] = ["ecdict", "cedict"],
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  signal.throwIfAborted();
  const child = fork(program, [directory, ...dictionaries], {
    // Left to itself the heap grows to 300 MB for a work that needs 40.
    execArgv: ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", "--max-old-space-size=96"],
    // The hub's own options (an inspector, a test runner's loader) are not the child's.
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Every batch is a transaction: there is nothing to wind up.
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  let problem: string | undefined;
  let complaint = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-maxComplaintCharacters);
  });
  child.on("message", (message: BuildMessage) => {
    if ("error" in message) problem = message.error;
    else onProgress(message.fraction);
  });
  child.on("error", reject);
  child.on("close", (status, endedBy) => {
    if (signal.aborted) reject(signal.reason as Error);
    else if (status === 0) resolve();
    else
      reject(new Error(`The dictionary import failed: ${problem ?? `it ended with ${endedBy ?? status}`}`));
  });
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", kill);
  }
}
