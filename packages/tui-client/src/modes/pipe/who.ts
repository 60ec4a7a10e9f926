import type { Invocation } from "../../arguments/invocation.ts";
import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { sanitizeName } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";

/** Prints who is in a room. */
export async function who(
  { room, json }: Extract<Invocation, { command: "who" }>,
  { connection, stdout, patience, signal }: PipeContext,
): Promise<number> {
  for (const user of await patience.wait(connection.who(room, signal))) {
    const away = user.state === "away" ? " (away)" : "";
    await stdout.line(
      json ? toJsonLine({ nick: user.nick, state: user.state }) : `${sanitizeName(user.nick)}${away}`,
    );
  }
  return EXIT.done;
}
