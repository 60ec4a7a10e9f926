import type { Invocation } from "../arguments/invocation.ts";
import type { ChatActions } from "../commands/chat-actions.ts";
import { performLine } from "../commands/perform-line.ts";
import { EXIT } from "../exit.ts";
import { createOutbox } from "../loops/outbox.ts";
import { runSendLoop } from "../loops/send-loop.ts";
import { formatMessageLine } from "../text/message-line.ts";
import { sanitizeLine } from "../text/sanitize.ts";
import type { PipeContext } from "./pipe.ts";
import { readLines } from "./pipe/lines.ts";

/**
 * Chat without a screen: lines of standard input are said, messages are printed one a line, with no escape sequence at all.
 * For screen readers, simple terminals and pipes. Ends at /quit, or when all of the input is acknowledged.
 */
export async function runPlain(
  invocation: Extract<Invocation, { command: "chat" }>,
  { connection, stdin, stdout, stderr, signal }: PipeContext,
): Promise<number> {
  const isScript = !("isTTY" in stdin && stdin.isTTY === true);
  const outbox = createOutbox();
  const quit = Promise.withResolvers<void>();
  let room = invocation.room;
  let failures = 0;
  let nextId = 1;

  const print = (text: string) => void stdout.line(text).catch(() => {});
  const report = (text: string) => void stderr.line(`palaver: ${sanitizeLine(text)}`).catch(() => {});

  connection.on("state", ({ state, reason }) => {
    // That we close it ourselves is no news.
    if (state === "closed" && reason === undefined) return;
    report(reason === undefined ? state : `${state}: ${reason}`);
  });
  connection.on("notice", ({ text }) => print(`-- ${sanitizeLine(text)}`));
  connection.on("message", (message) => print(formatMessageLine(message)));

  const actions: ChatActions = {
    connection,
    signal,
    get room() {
      return room;
    },
    say(to, kind, text) {
      if (outbox.tryPush({ id: nextId++, room: to, kind, text })) return true;
      failures++;
      report(`not sent: ${text}: too many messages wait`);
      return false;
    },
    async join(name) {
      // At once: what is typed next is meant for it, however far away the hub is.
      room = name;
      await connection.join(name, { signal });
      report(`now in #${name}`);
    },
    async part(name) {
      await connection.part(name);
      report(`left #${name}`);
    },
    notice(text) {
      if (text === "") return;
      for (const line of text.split("\n")) print(`-- ${sanitizeLine(line)}`);
    },
    quit: () => quit.resolve(),
  };

  const sendEvents = {
    onStored: () => {},
    onFailed(message: { readonly text: string }, reason: string) {
      failures++;
      report(`not sent: ${message.text}: ${reason}`);
    },
  };

  async function performLines(): Promise<void> {
    const sending = connection
      .join(room, { signal })
      .then(() => runSendLoop(connection, outbox, sendEvents, signal));
    for await (const { text } of readLines(stdin)) {
      const done = performLine(actions, text);
      // A script's lines follow each other; a person goes on typing while a command runs.
      if (isScript) await done;
    }
    outbox.close();
    await sending;
  }

  await Promise.race([performLines(), quit.promise]);
  return failures === 0 ? EXIT.done : EXIT.failed;
}
