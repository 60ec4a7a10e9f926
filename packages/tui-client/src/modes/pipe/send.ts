import type { Invocation } from "../../arguments/invocation.ts";
import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import type { PipeContext } from "../pipe.ts";
import { inOrder } from "./in-order.ts";
import { type InputLine, MAX_LINE_BYTES, readLines } from "./lines.ts";
import { reasonOf } from "../../text/reason.ts";

/** Messages that wait for their acknowledgement at the same time. */
const MAX_IN_FLIGHT = 32;

/** Says the given text, or each line of standard input, and ends when the hub has stored all of it. */
export async function send(
  { room, text, json }: Extract<Invocation, { command: "send" }>,
  { connection, stdin, stdout, patience, signal }: PipeContext,
): Promise<number> {
  if (text !== undefined && Buffer.byteLength(text) > MAX_LINE_BYTES) {
    throw new Error(`the message is longer than ${MAX_LINE_BYTES} bytes`);
  }
  await patience.wait(connection.join(room, { signal }));

  async function say(line: InputLine) {
    try {
      const { seq } = await patience.wait(connection.say(room, line.text, { signal }));
      return { room, seq, text: line.text };
    } catch (error) {
      if (text !== undefined) throw error;
      const reason = reasonOf(error);
      throw new Error(`line ${line.number}: ${reason}`, { cause: error });
    }
  }

  const lines = text === undefined ? readLines(stdin) : [{ number: 1, text }];
  await inOrder(lines, MAX_IN_FLIGHT, say, async (stored) => {
    if (json) await stdout.line(toJsonLine(stored));
  });
  return EXIT.done;
}
