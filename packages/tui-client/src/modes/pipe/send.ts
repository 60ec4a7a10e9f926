import { setTimeout as wait } from "node:timers/promises";
import type { Invocation } from "../../arguments/invocation.ts";
import { EXIT } from "../../exit.ts";
import { toJsonLine } from "../../text/json-line.ts";
import type { PipeContext } from "../pipe.ts";
import { inOrder } from "./in-order.ts";
import { type InputLine, MAX_LINE_BYTES, readLines } from "./lines.ts";
import { reasonOf } from "../../text/reason.ts";

/** Messages that wait for their acknowledgement at the same time. */
const MAX_IN_FLIGHT = 32;

// A hub takes 1200 messages of a session at once and 200 a second from then on, and refuses what is more. What is left to
// that is for entering the room.
const BURST = 1100;
const INTERVAL_MS = 1000 / 190;

/** Says the given text, or each line of standard input, and ends when the hub has stored all of it. */
export async function send(
  { room, text, json }: Extract<Invocation, { command: "send" }>,
  { connection, stdin, stdout, patience, signal, words }: PipeContext,
): Promise<number> {
  if (text !== undefined && Buffer.byteLength(text) > MAX_LINE_BYTES) {
    throw new Error(words.pipe.messageTooLong(MAX_LINE_BYTES));
  }
  await patience.wait(connection.join(room, { signal }));

  async function say(line: InputLine) {
    try {
      const { seq } = await patience.wait(connection.say(room, line.text, { signal }));
      return { room, seq, text: line.text };
    } catch (error) {
      if (text !== undefined) throw error;
      const reason = reasonOf(error, words);
      throw new Error(words.pipe.lineFailed(line.number, reason), { cause: error });
    }
  }

  const lines = text === undefined ? readLines(stdin, words) : [{ number: 1, text }];
  await inOrder(paced(lines, signal), MAX_IN_FLIGHT, say, async (stored) => {
    if (json) await stdout.line(toJsonLine(stored));
  });
  return EXIT.done;
}

/** As fast as a hub takes them. */
async function* paced(
  lines: AsyncIterable<InputLine> | Iterable<InputLine>,
  signal: AbortSignal,
): AsyncGenerator<InputLine> {
  let paidAtMs = 0;
  for await (const line of lines) {
    const now = performance.now();
    paidAtMs = Math.max(paidAtMs, now) + INTERVAL_MS;
    const waitMs = paidAtMs - now - BURST * INTERVAL_MS;
    if (waitMs > 0) await wait(waitMs, undefined, { signal });
    yield line;
  }
}
