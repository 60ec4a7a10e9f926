import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeLine, sanitizeName } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";

/** Prints the hub's rooms. */
export async function rooms(
  { json }: { readonly json: boolean },
  { connection, stdout, patience, signal }: PipeContext,
): Promise<number> {
  for (const room of await patience.wait(connection.rooms(signal))) {
    const { name, users, topic } = room;
    const shown = topic === undefined ? "" : ` ${sanitizeLine(topic)}`;
    await stdout.line(
      json
        ? toJsonLine({ name, users, ...(topic === undefined ? {} : { topic }) })
        : `${sanitizeName(name)} ${users}${shown}`,
    );
  }
  return EXIT.done;
}
