import { PassThrough } from "node:stream";
import type { HubOptions } from "../../src/arguments/invocation.ts";
import { type PipeInvocation, runPipe } from "../../src/modes/pipe.ts";
import { FakeConnection } from "../fake-connection.ts";

export const hub: HubOptions = { address: { host: "127.0.0.1", port: 6666 }, timeoutMs: 60_000 };

/** A pipe mode at work on a fake connection, with its streams in memory. */
export function startPipe(
  invocation: PipeInvocation,
  {
    connection = onlineConnection(),
    isTerminal = false,
  }: { connection?: FakeConnection; isTerminal?: boolean } = {},
) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  if (isTerminal) Object.assign(stdout, { isTTY: true });
  const written = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  stdout.on("data", (chunk: Buffer) => (written.stdout = Buffer.concat([written.stdout, chunk])));
  stderr.on("data", (chunk: Buffer) => (written.stderr = Buffer.concat([written.stderr, chunk])));
  const interrupt = new AbortController();
  const status = runPipe(invocation, { stdin, stdout, stderr }, () => connection, interrupt.signal);
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
