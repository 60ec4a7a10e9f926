import { HubError } from "@palaver/client";
import { expect, test } from "vitest";
import { InterruptedError } from "../../../src/exit.ts";
import type { FakeRun } from "../../fake-connection.ts";
import { hub, onlineConnection, startPipe } from "../pipe-harness.ts";

const invocation = {
  command: "run",
  hub,
  name: "disk",
  argv: ["-h", "/tmp"],
  stdin: false,
  json: false,
} as const;

function start(answer: FakeRun, options: { json?: boolean; isTerminal?: boolean } = {}) {
  const connection = onlineConnection();
  connection.onRun = () => answer;
  return startPipe(
    { ...invocation, json: options.json ?? false },
    { connection, isTerminal: options.isTerminal ?? false },
  );
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const utf8 = (text: string) => new TextEncoder().encode(text);

test("output, errors and status of the remote command become our own", async () => {
  const pipe = start({
    pieces: [
      { type: "stdout", bytes: utf8("out") },
      { type: "stderr", bytes: utf8("err\n") },
      { type: "text", text: "(timed out after 5s)", data: { outcome: "timeout" } },
    ],
    status: 124,
  });
  expect(await pipe.status).toBe(124);
  expect(pipe.stdout).toBe("out");
  expect(pipe.stderr).toBe("err\npalaver: (timed out after 5s)\n");
  expect(pipe.connection.runs).toMatchObject([{ command: "run", argv: ["disk", "-h", "/tmp"] }]);
});

test("a plain end adds nothing to the output", async () => {
  const pipe = start({
    pieces: [
      { type: "stdout", bytes: utf8("out\n") },
      { type: "text", text: "(exit 3)", data: { outcome: "exited", status: 3 } },
    ],
    status: 3,
  });
  expect(await pipe.status).toBe(3);
  expect(pipe.stdout).toBe("out\n");
  expect(pipe.stderr).toBe("");
});

test("into a pipe every byte passes as it is", async () => {
  const all = bytes(...Array.from({ length: 256 }, (_, value) => value));
  const pipe = start({ pieces: [{ type: "stdout", bytes: all }] });
  expect(await pipe.status).toBe(0);
  expect([...pipe.stdoutBytes]).toEqual([...all]);
});

test("a terminal gets no control sequence, also one cut between two pieces", async () => {
  const pipe = start(
    {
      pieces: [
        { type: "stdout", bytes: utf8("a\u001b[3") },
        { type: "stdout", bytes: utf8("1mb\u001b]52;c;aGk") },
        { type: "stdout", bytes: utf8("=\u0007c\r\n") },
        { type: "stdout", bytes: bytes(0xe4, 0xbd) },
        { type: "stdout", bytes: bytes(0xa0, 0x0a) },
      ],
    },
    { isTerminal: true },
  );
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toBe("abc\n你\n");
});

test("--json prints each piece, then the status", async () => {
  const pipe = start(
    {
      pieces: [
        { type: "stdout", bytes: utf8("hi\n") },
        { type: "text", text: "reply", data: { n: 1 } },
      ],
      status: 3,
    },
    { json: true },
  );
  expect(await pipe.status).toBe(3);
  expect(
    pipe.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { type: "stdout", text: "hi\n" },
    { type: "text", text: "reply", data: { n: 1 } },
    { status: 3 },
  ]);
});

test("what the hub refuses ends it with 1 and one line", async () => {
  const pipe = start({ error: new HubError("forbidden", "rm is not\nallowed") });
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toBe("palaver: rm is not allowed\n");
});

test.each([256, -1, 512, Number.NaN])(
  "a status of %s, which no process can end with, is no success",
  async (status) => {
    expect(await start({ status }).status).toBe(255);
  },
);

test("an interrupt ends the remote command too", async () => {
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const pipe = start({ pieces: never });
  await pipe.connection.until(() => pipe.connection.runs.length === 1);
  pipe.interrupt.abort(new InterruptedError("SIGINT"));
  expect(await pipe.status).toBe(130);
  expect(pipe.connection.runs[0]?.signal?.aborted).toBe(true);
});

test("a hub that stays away longer than the timeout ends it with 5", async () => {
  const connection = onlineConnection();
  const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  connection.onRun = () => ({ pieces: never });
  const pipe = startPipe({ ...invocation, hub: { ...hub, timeoutMs: 20 } }, { connection });
  await connection.until(() => connection.runs.length === 1);
  connection.setState("offline");
  expect(await pipe.status).toBe(5);
});
