import { mkdir } from "node:fs/promises";
import { runImport } from "./import/run-import.ts";
import type { DictionaryName } from "./import/stage.ts";

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
  try {
    await runImport("build-process", [directory, ...dictionaries], signal, onProgress);
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The dictionary import failed: ${reason}`, { cause: error });
  }
}
