import type { RoomMessage } from "@palaver/client";
import { en } from "../../i18n/en.ts";
import type { Invocation } from "../../arguments/invocation.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { formatMessageLine, messageRecord } from "../../text/message-line.ts";
import { EXIT } from "../../exit.ts";
import type { PipeContext } from "../pipe.ts";

/** Lines that may wait for a slow reader of standard output; one more ends the command, which can go on with --since. */
const MAX_WAITING_LINES = 10_000;

/** Prints a room's messages as they arrive, each once, until it printed `count` or a signal ends it. */
export async function tail(
  { room, since, count = Infinity, json }: Extract<Invocation, { command: "tail" }>,
  { connection, stdout, stderr, signal, words }: PipeContext,
): Promise<number> {
  const isNew = createOnceFilter();
  const ended = Promise.withResolvers<number>();
  let waiting = 0;
  let printed = 0;
  let wasOffline = false;

  const print = async (line: string, isLast: boolean) => {
    await stdout.line(line);
    waiting--;
    if (isLast) ended.resolve(EXIT.done);
  };

  connection.on("state", ({ state }) => {
    if (state !== "online" && state !== "offline") return;
    if ((state === "offline") === wasOffline) return;
    wasOffline = !wasOffline;
    const news = wasOffline ? words.pipe.hubSilent : words.pipe.hubBack;
    stderr.line(`palaver: ${news}`).catch(() => {});
  });
  connection.on("message", (message) => {
    if (message.room !== room || printed >= count || !isNew(message)) return;
    if (waiting >= MAX_WAITING_LINES) {
      ended.reject(new Error(words.pipe.outputTooSlow(message.seq - waiting - 1)));
      return;
    }
    waiting++;
    const isLast = ++printed >= count;
    const line = json ? toJsonLine(messageRecord(message)) : formatMessageLine(message, en);
    print(line, isLast).catch(() => {});
  });

  await connection.join(room, { signal, ...(since === undefined ? {} : { since }) });
  return ended.promise;
}

/**
 * Passes each message once, whatever is replayed after a reconnection. A number that starts again with a later time comes
 * from a hub that lost its store; 0 stands for no number.
 */
function createOnceFilter(): (message: RoomMessage) => boolean {
  let lastSeq = 0;
  let lastAtMs = Number.NEGATIVE_INFINITY;
  return ({ seq, at }) => {
    if (seq === 0) return true;
    if (seq <= lastSeq && at <= lastAtMs) return false;
    lastSeq = seq;
    lastAtMs = Math.max(lastAtMs, at);
    return true;
  };
}
