import { join } from "node:path";
import { loadConfig, type ConfigOptions } from "../config/load.ts";
import { prepareDataDirectory } from "./data-directory.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { World } from "./world.ts";

const barWidth = 30;
const linesEveryPercent = 10;

/** What the dict plugin offers for this; plugins are no dependency that the compiler sees. */
interface DictionaryBuilder {
  buildDictionaries(
    directory: string,
    onProgress: (fraction: number) => void,
    signal: AbortSignal,
  ): Promise<void>;
}
const builder: string = "@palaver/plugins/dict/build";

/** Imports the dictionaries, so that the first start of the hub has them. */
export async function buildDictionary(options: ConfigOptions, world: World): Promise<number> {
  const config = await loadConfig(options, world);
  prepareDataDirectory(config);
  const { buildDictionaries } = (await import(builder)) as DictionaryBuilder;
  const show = createProgress(world);
  try {
    await buildDictionaries(join(config.dataDir, "plugins", "dict"), show, world.signals.stop);
  } catch (error) {
    // The bar's line is not ended yet.
    if (world.isTerminal) world.printError("\n");
    if (world.signals.stop.aborted)
      throw new Failure("palaverd: interrupted; the next build goes on from here", 1, { cause: error });
    throw new Failure(`palaverd: ${error instanceof Error ? error.message : String(error)}`, 1, {
      cause: error,
    });
  }
  return exitCodes.done;
}

/** A bar that redraws itself on a terminal, a line now and then elsewhere. */
function createProgress({ isTerminal, printError }: World): (fraction: number) => void {
  let last = -1;
  return (fraction) => {
    const percent = Math.floor(Math.min(1, Math.max(0, fraction)) * 100);
    if (percent === last || (!isTerminal && percent < last + linesEveryPercent && percent < 100)) return;
    last = percent;
    if (!isTerminal) return printError(`dictionaries: ${percent} %\n`);
    const filled = Math.round((percent / 100) * barWidth);
    const bar = "█".repeat(filled) + "░".repeat(barWidth - filled);
    printError(`\rdictionaries ${bar} ${String(percent).padStart(3)} %${percent === 100 ? "\n" : ""}`);
  };
}
