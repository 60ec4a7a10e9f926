import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { palaverd, runCommand } from "./program.ts";

// Importing takes seconds, so that it is done once for all tests, and not again for the next run.
const cache = join(import.meta.dirname, "../../node_modules/.cache/palaver-e2e");
let built: Promise<void> | undefined;

/** Puts the large dictionaries into a hub's data directory. */
export async function addDictionaries(data: string): Promise<void> {
  built ??= build();
  await built;
  mkdirSync(join(data, "plugins"), { recursive: true });
  symlinkSync(join(cache, "plugins/dict"), join(data, "plugins/dict"));
}

/** What is built already is left alone; of several at once, one builds and the others wait. */
async function build(): Promise<void> {
  const { code, stderr } = await runCommand(palaverd, ["--data", cache, "dict", "build"]);
  if (code !== 0) throw new Error(`the dictionaries could not be built: ${stderr}`);
}
