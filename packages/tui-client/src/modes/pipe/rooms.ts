import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeName } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";

/** Prints the hub's rooms. */
export async function rooms(
  { json }: { readonly json: boolean },
  { connection, stdout, patience, signal }: PipeContext,
): Promise<number> {
  for (const room of await patience.wait(connection.rooms(signal))) {
    await stdout.line(
      json ? toJsonLine({ name: room.name, users: room.users }) : `${sanitizeName(room.name)} ${room.users}`,
    );
  }
  return EXIT.done;
}
