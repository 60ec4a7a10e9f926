import { HubError } from "@palaver/client";
import { expect, test } from "vitest";
import { FakeConnection } from "../../fake-connection.ts";
import { hub, onlineConnection, startPipe } from "../pipe-harness.ts";

const send = { command: "send", hub, room: "lobby", json: false } as const;

test("the text is said in the room, and the end waits for the hub to store it", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe({ ...send, text: "build is green" }, { connection });
  await connection.until(() => connection.said.length === 1);
  expect(connection.said[0]).toMatchObject({ room: "lobby", text: "build is green", kind: "say" });
  const first = await Promise.race([pipe.status, Promise.resolve("still waiting")]);
  expect(first).toBe("still waiting");
  connection.said[0]?.store();
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toBe("");
  expect(connection.closes).toBe(1);
});

test("each line of standard input is a message, blank ones apart, also the last without an end", async () => {
  const pipe = startPipe(send);
  pipe.stdin.end("one\r\n\n你好\nlast");
  expect(await pipe.status).toBe(0);
  expect(pipe.connection.said.map(({ text }) => text)).toEqual(["one", "你好", "last"]);
});

test("with --json one line tells of each stored message, in order", async () => {
  const pipe = startPipe({ ...send, json: true });
  pipe.stdin.end("a\nb\n");
  expect(await pipe.status).toBe(0);
  const records = pipe.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  expect(records).toEqual([
    { room: "lobby", seq: 1, text: "a" },
    { room: "lobby", seq: 2, text: "b" },
  ]);
});

test("at most 32 messages wait for their acknowledgement", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe(send, { connection });
  pipe.stdin.end(Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n"));
  let stored = 0;
  while (stored < 100) {
    await connection.until(() => connection.said.length >= Math.min(100, stored + 32));
    expect(connection.said.length).toBeLessThanOrEqual(stored + 32);
    connection.said[stored++]?.store();
  }
  expect(await pipe.status).toBe(0);
  expect(connection.said.map(({ text }) => text)).toEqual(
    Array.from({ length: 100 }, (_, index) => `line ${index}`),
  );
});

test("a refused line is named with its number and ends it with 1", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe(send, { connection });
  pipe.stdin.write("good\nbad\n");
  await connection.until(() => connection.said.length === 2);
  connection.said[1]?.refuse(new HubError("rate", "too fast"));
  connection.said[0]?.store();
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toBe("palaver: line 2: too fast\n");
});

test("a line over 4000 bytes is refused with its number, after the lines before it are stored", async () => {
  const pipe = startPipe(send);
  pipe.stdin.end(`short\n${"x".repeat(4001)}\nnever\n`);
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toBe("palaver: line 2 is longer than 4000 bytes\n");
  expect(pipe.connection.said.map(({ text }) => text)).toEqual(["short"]);
});

test("a line without an end is refused before it fills the memory", async () => {
  const pipe = startPipe(send);
  pipe.stdin.write("x".repeat(5000));
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toContain("line 1 is longer");
});

test("a line that is not UTF-8 is refused with its number", async () => {
  const pipe = startPipe(send);
  pipe.stdin.end(Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a]));
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toBe("palaver: line 2 is not UTF-8\n");
});

test("a hub that acknowledges nothing within the timeout is unreachable", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe({ ...send, hub: { ...hub, timeoutMs: 20 }, text: "hi" }, { connection });
  expect(await pipe.status).toBe(5);
  expect(pipe.stderr).toBe("palaver: no answer from 127.0.0.1:6666 within 20 ms\n");
});

test("a hub that lets nobody in is told of in its own words, and a name that nobody knows too", async () => {
  const shortOfMemory = "The hub is short of memory; come back in 60 s.";
  const unknown = "no address is known for hub.invalid";
  const problem = { name: "unknownHost", args: ["hub.invalid"] } as const;
  for (const error of [new HubError("BUSY", shortOfMemory), new HubError("TIMEOUT", unknown, { problem })]) {
    const connection = new FakeConnection();
    const pipe = startPipe({ ...send, hub: { ...hub, timeoutMs: 20 }, text: "hi" }, { connection });
    connection.emit("state", { state: "connecting", reason: error.message, error });
    expect(await pipe.status).toBe(5);
    expect(pipe.stderr).toBe(`palaver: ${error.message}\n`);
  }
});

test("all is said although the reader of standard output went away", async () => {
  const connection = onlineConnection();
  const pipe = startPipe({ ...send, json: true }, { connection });
  pipe.stdin.write("one\n");
  await connection.until(() => pipe.stdout.includes("one"));
  pipe.streams.stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  pipe.stdin.end("two\nthree\n");
  expect(await pipe.status).toBe(0);
  expect(connection.said.map(({ text }) => text)).toEqual(["one", "two", "three"]);
  expect(pipe.stderr).toBe("");
});
