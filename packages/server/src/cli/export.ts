import { join } from "node:path";
import { loadConfig, type ConfigOptions } from "../config/load.ts";
import { exitCodes, Failure } from "./exit.ts";
import type { World } from "./world.ts";

/** What the chat plugin offers for this; plugins are no dependency that the compiler sees. */
interface Exporter {
  exportMessages(directory: string, room: string | undefined): Iterable<string>;
}
const exporter: string = "@palaver/plugins/chat/export";

// That wait for their reader; millions may be stored.
const linesAtOnce = 500;

/** Prints the stored messages of a room, or of all rooms, as lines of JSON. */
export async function exportRoom(
  options: ConfigOptions,
  room: string | undefined,
  world: World,
): Promise<number> {
  const { dataDir } = await loadConfig(options, world);
  const { exportMessages } = (await import(exporter)) as Exporter;
  try {
    let count = 0;
    for (const line of exportMessages(join(dataDir, "plugins", "chat"), room)) {
      world.printOutput(`${line}\n`);
      if (++count % linesAtOnce === 0) await world.outputRead();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`palaverd: ${reason}`, exitCodes.fault, { cause: error });
  }
  return exitCodes.done;
}
