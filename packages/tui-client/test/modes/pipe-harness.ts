import { PassThrough } from "node:stream";
import type { HubOptions } from "../../src/arguments/invocation.ts";
import { createPreferences } from "../../src/config/preferences.ts";
import { NO_CONFIG } from "../../src/config/read-config.ts";
import { type PipeInvocation, runPipe } from "../../src/modes/pipe.ts";
import { FakeConnection } from "../fake-connection.ts";

export const hub: HubOptions = { address: { host: "127.0.0.1", port: 6666 }, timeoutMs: 60_000 };

/** A pipe mode at work on a fake connection, with its streams in memory. */
export function startPipe(
  invocation: PipeInvocation,
  {
    connection = onlineConnection(),
    isTerminal = false,
    isTyped = false,
    env = {},
  }: {
    connection?: FakeConnection;
    isTerminal?: boolean;
    /** Standard input is a terminal. */
    isTyped?: boolean;
    env?: Readonly<Record<string, string>>;
  } = {},
) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  if (isTyped) Object.assign(stdin, { isTTY: true });
  if (isTerminal) Object.assign(stdout, { isTTY: true });
  const written = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  stdout.on("data", (chunk: Buffer) => (written.stdout = Buffer.concat([written.stdout, chunk])));
  stderr.on("data", (chunk: Buffer) => (written.stderr = Buffer.concat([written.stderr, chunk])));
  const preferences = createPreferences(NO_CONFIG, { LANG: "C.UTF-8", TERM: "dumb", ...env }, {}, undefined);
  const interrupt = new AbortController();
  const status = runPipe(
    invocation,
    { stdin, stdout, stderr },
    () => connection,
    interrupt.signal,
    preferences,
  );
  return {
    connection,
    stdin,
    interrupt,
    status,
    streams: { stdout, stderr },
    get stdout() {
      return written.stdout.toString();
    },
    get stdoutBytes() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr.toString();
    },
  };
}

export function onlineConnection(): FakeConnection {
  const connection = new FakeConnection();
  connection.state = "online";
  return connection;
}
