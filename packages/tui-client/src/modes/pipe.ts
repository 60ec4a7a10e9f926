import type { Readable, Writable } from "node:stream";
import { type Connection, HubError } from "@palaver/client";
import { formatAddress } from "../arguments/address.ts";
import type { Invocation } from "../arguments/invocation.ts";
import type { Preferences } from "../config/preferences.ts";
import type { Words } from "../i18n/words.ts";
import { EXIT, UnreachableError, exitStatusOf, isSilent } from "../exit.ts";
import { reasonOf } from "../text/reason.ts";
import { sanitizeLine } from "../text/sanitize.ts";
import { closeConnection } from "./close-connection.ts";
import { watchWaiting } from "./watch-waiting.ts";
import { type Output, createOutput } from "./pipe/output.ts";
import { createPatience, type Patience } from "./pipe/patience.ts";
import { get } from "./pipe/get.ts";
import { ls } from "./pipe/ls.ts";
import { ping } from "./pipe/ping.ts";
import { runPlain } from "./plain.ts";
import { put } from "./pipe/put.ts";
import { rm } from "./pipe/rm.ts";
import { rooms } from "./pipe/rooms.ts";
import { run } from "./pipe/run.ts";
import { send } from "./pipe/send.ts";
import { tail } from "./pipe/tail.ts";
import { translate } from "./pipe/translate.ts";
import { who } from "./pipe/who.ts";
import type { OpenConnection } from "./open-connection.ts";

export interface Streams {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** What a pipe mode works with. Its promise may be abandoned at any time, when `signal` aborts. */
export interface PipeContext {
  readonly connection: Connection;
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  /** For standard error; what goes to standard output is the same in every language. */
  readonly words: Words;
}

export type PipeInvocation = Exclude<
  Invocation,
  { command: "id" | "none" | "config" | "completions" | "replay" }
>;

/** What they do is not done for what they print: `| head -1` must neither lose messages nor leave files behind. */
const finishes: ReadonlySet<PipeInvocation["command"]> = new Set(["send", "put", "get", "rm"]);

/** Runs one pipe mode from connecting to the exit status. `signal` aborts with an `InterruptedError`. */
export async function runPipe(
  invocation: PipeInvocation,
  streams: Streams,
  open: OpenConnection,
  signal: AbortSignal,
  { words, look }: Pick<Preferences, "words" | "look">,
): Promise<number> {
  const { hub } = invocation;
  const address = formatAddress(hub.address);
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  const fail = (error: Error) => broken.abort(error);
  const stdout = createOutput(streams.stdout, fail, { needsReader: !finishes.has(invocation.command) });
  // Nobody reads what goes wrong: that is no reason to end.
  const stderr = createOutput(streams.stderr, () => {});
  // Why the hub lets nobody in, in its own words, or that there is none of this name.
  let refusal: string | undefined;
  using patience = createPatience(hub.timeoutMs, () =>
    fail(new UnreachableError(refusal ?? words.pipe.noAnswerWithin(address, hub.timeoutMs))),
  );

  const isTyped = invocation.command === "chat" && "isTTY" in streams.stdin && streams.stdin.isTTY === true;
  let connection: Connection | undefined;
  let waitingAtEnd = () => "";
  try {
    connection = open(hub, (fingerprint) => {
      void stderr.line(`palaver: ${words.firstMeeting(address, fingerprint)}`).catch(() => {});
    });
    if (invocation.command === "chat") waitingAtEnd = watchWaiting(connection, words);
    connection.on("state", ({ state, error }) => {
      if (state === "online") refusal = undefined;
      else if (error && (error.problem?.name ?? "unknownHost") === "unknownHost")
        refusal = reasonOf(error, words);
    });
    const perform = () =>
      invocation.command === "chat"
        ? runPlain(invocation, context, look.show)
        : performCommand(invocation, context);
    const context = { connection, stdin: streams.stdin, stdout, stderr, patience, signal: ended, words };
    if (invocation.command !== "chat") {
      connection.on(
        "notice",
        ({ text, error }) =>
          void stderr.line(`palaver: ${sanitizeLine(error ? reasonOf(error, words) : text)}`).catch(() => {}),
      );
    }
    // `tail` and a person wait for a hub that went away; every other mode has somebody waiting for its end.
    failWhenLost(context, fail, !isTyped && invocation.command !== "tail");
    const reached = isTyped ? Promise.resolve() : patience.wait(reach(context));
    return await Promise.race([reached.then(() => perform()), aborted(ended)]);
  } catch (error) {
    const cause = ended.aborted ? ended.reason : error;
    // What is on the terminal's line is the `^C` that ended us.
    if (isTyped && ended.aborted) await stdout.line("").catch(() => {});
    if (!isSilent(cause)) await stderr.line(`palaver: ${explain(cause, words)}`).catch(() => {});
    return exitStatusOf(cause);
  } finally {
    if (connection !== undefined) await closeConnection(connection);
    await stderr.write(waitingAtEnd()).catch(() => {});
  }
}

function performCommand(
  invocation: Exclude<PipeInvocation, { command: "chat" }>,
  context: PipeContext,
): Promise<number> {
  switch (invocation.command) {
    case "send":
      return send(invocation, context);
    case "tail":
      return tail(invocation, context);
    case "run":
      return run(invocation, context);
    case "tr":
      return translate(invocation, context);
    case "put":
      return put(invocation, context);
    case "get":
      return get(invocation, context);
    case "ls":
      return ls(invocation, context);
    case "rm":
      return rm(invocation, context);
    case "who":
      return who(invocation, context);
    case "rooms":
      return rooms(invocation, context);
    case "ping":
      return ping(invocation, context);
  }
}

async function reach({ connection, signal, words }: PipeContext): Promise<void> {
  try {
    await connection.ready(signal);
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new UnreachableError(reasonOf(error, words), { cause: error });
  }
}

function failWhenLost(
  { connection, patience, words }: PipeContext,
  fail: (error: Error) => void,
  mindsOffline: boolean,
): void {
  let back = Promise.withResolvers<void>();
  connection.on("state", ({ state, reason, error }) => {
    if (state === "closed") fail(error ?? new HubError("closed", reason ?? words.pipe.hubClosed));
    if (!mindsOffline) return;
    if (state === "online") back.resolve();
    if (state === "offline") {
      back = Promise.withResolvers();
      void patience.wait(back.promise);
    }
  });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** One clean line; a hub's own words are as little trusted here as anywhere. */
function explain(error: unknown, words: Words): string {
  return sanitizeLine(reasonOf(error, words)) || `status ${EXIT.failed}`;
}
