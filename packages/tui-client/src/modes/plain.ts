import type { Invocation } from "../arguments/invocation.ts";
import type { ChatActions, RunReport } from "../commands/chat-actions.ts";
import { performLine } from "../commands/perform-line.ts";
import { EXIT } from "../exit.ts";
import { MAX_WAITING, type Outgoing, createSender } from "../loops/sender.ts";
import { createTransfers } from "../loops/transfers.ts";
import { formatMessageLine } from "../text/message-line.ts";
import { reasonOf } from "../text/reason.ts";
import { sanitizeLine } from "../text/sanitize.ts";
import type { PipeContext } from "./pipe.ts";
import { readLines } from "./pipe/lines.ts";

/** Failed messages that can be said again with /resend; the oldest goes first. */
const MAX_FAILED = 100;

/**
 * Chat without a screen: lines of standard input are said, messages are printed one a line, with no escape sequence at all.
 * For screen readers, simple terminals and pipes. Ends at /quit, or when all of the input is acknowledged.
 */
export async function runPlain(
  invocation: Extract<Invocation, { command: "chat" }>,
  { connection, stdin, stdout, stderr, signal, words }: PipeContext,
  /** What the terminal can show of a text. */
  show: (text: string) => string = (text) => text,
): Promise<number> {
  const isScript = !("isTTY" in stdin && stdin.isTTY === true);
  const quit = Promise.withResolvers<void>();
  const running: { readonly room: string; readonly controller: AbortController }[] = [];
  let failed: Outgoing[] = [];
  const sendEvents = {
    onStored() {},
    onFailed(message: Outgoing, error: unknown) {
      failures++;
      failed = [...failed, message].slice(-MAX_FAILED);
      report(words.notSent(message.text, reasonOf(error, words)));
    },
  };
  const sender = createSender(connection, sendEvents, isScript ? signal : undefined);
  let room = invocation.room;
  let failures = 0;
  let nextId = 1;

  const print = (text: string) => void stdout.line(show(text)).catch(() => {});
  const report = (text: string) => void stderr.line(show(`palaver: ${sanitizeLine(text)}`)).catch(() => {});
  const notice = (text: string) => {
    if (text === "") return;
    for (const line of text.split("\n")) print(`-- ${sanitizeLine(line)}`);
  };

  connection.on("state", ({ state, reason: said, error }) => {
    const reason = error === undefined ? said : reasonOf(error, words);
    // That we close it ourselves is no news.
    if (state === "closed" && reason === undefined) return;
    report(reason === undefined ? words[state] : `${words[state]}: ${reason}`);
  });
  connection.on("notice", ({ text, error }) =>
    print(`-- ${sanitizeLine(error === undefined ? text : reasonOf(error, words))}`),
  );
  connection.on("message", (message) => print(formatMessageLine(message, words)));
  connection.on("change", (change) => print(`-- ${sanitizeLine(words.change(change))}`));

  function say(to: string, kind: "say" | "me", text: string): boolean {
    if (sender.trySend({ id: nextId++, room: to, kind, text })) return true;
    failures++;
    report(words.notSent(text, words.outboxFull(MAX_WAITING)));
    return false;
  }

  function beginRun(command: string): RunReport {
    const run = { room, controller: new AbortController() };
    running.push(run);
    return {
      signal: run.controller.signal,
      print: (lines) => notice(lines.join("\n")),
      announce: notice,
      // Every line is read out: of a transfer its start and its end are enough.
      progress() {},
      end({ state, status = 0, reason }) {
        running.splice(running.indexOf(run), 1);
        const name = /^\/?(\S*)/.exec(command)?.[1] ?? command;
        if (state === "failed") notice(`/${name}: ${reason}`);
        else if (state === "stopped") notice(words.runStopped(name));
        else if (status !== 0) notice(words.runEnded(name, status));
      },
    };
  }

  const actions: ChatActions = {
    connection,
    words,
    signal,
    transfers: createTransfers(),
    get room() {
      return room;
    },
    say,
    async join(name) {
      // At once: what is typed next is meant for it, however far away the hub is.
      room = name;
      await connection.join(name, { signal });
      report(words.nowIn(name));
    },
    async part(name) {
      // What a script said there before is to be stored first.
      if (isScript) await sender.settled();
      await connection.part(name);
      report(words.left(name));
    },
    notice,
    beginRun,
    stop() {
      const last = running.at(-1);
      last?.controller.abort();
      return last !== undefined;
    },
    resend() {
      const again = failed;
      failed = [];
      for (const { room: to, kind, text } of again) say(to, kind, text);
      return again.length;
    },
    quit: () => quit.resolve(),
  };

  async function performLines(): Promise<void> {
    const joined = connection.join(room, { signal });
    joined.catch(quit.reject);
    // Who types a line that cannot be said types another one.
    const onRefused = (error: Error) => report(words.notTaken(error.message));
    for await (const { text } of readLines(stdin, words, isScript ? undefined : onRefused)) {
      const done = performLine(actions, text);
      // A script's lines follow each other; a person goes on typing while a command runs.
      if (!isScript) continue;
      await done;
      await sender.hasRoom();
    }
    await joined;
    await sender.settled();
  }

  await Promise.race([performLines(), quit.promise]);
  return failures === 0 ? EXIT.done : EXIT.failed;
}
