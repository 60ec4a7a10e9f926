import { HubError } from "@palaver/client";
import { expect, test } from "vitest";
import { hub, onlineConnection, startPipe } from "./pipe-harness.ts";

const chat = { command: "chat", hub, room: "lobby", linear: true } as const;

test("lines are said, messages printed without a single escape, and the end of input ends it", async () => {
  const pipe = startPipe(chat);
  pipe.stdin.end("hello\n//etc is a path\n/me waves\n");
  expect(await pipe.status).toBe(0);
  expect(pipe.connection.said.map(({ kind, text }) => [kind, text])).toEqual([
    ["say", "hello"],
    ["say", "/etc is a path"],
    ["me", "waves"],
  ]);
  expect(pipe.stdout).toMatch(/^\[lobby\] \d\d:\d\d ada: hello$/m);
  expect(pipe.stdout).not.toContain("\u001b");
});

test("commands act on the room, unknown ones run on the hub and print their output", async () => {
  const connection = onlineConnection();
  connection.onRun = () => ({
    pieces: [{ type: "stdout", bytes: new TextEncoder().encode("up 3 \u001b[1mdays\npartly") }],
    status: 2,
  });
  const pipe = startPipe(chat, { connection });
  pipe.stdin.end("/join #dev\nhi\n/run uptime now\n");
  expect(await pipe.status).toBe(0);
  expect(connection.said).toMatchObject([{ room: "dev", text: "hi" }]);
  expect(connection.runs).toMatchObject([{ command: "run", argv: ["uptime", "now"] }]);
  expect(pipe.stdout).toContain("-- up 3 days\n-- partly\n-- run ended with status 2\n");
});

test("a script leaves a room when what it said there is stored", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe(chat, { connection });
  pipe.stdin.end("/join dev\nhi\n/part\n/whoami\n");
  await connection.until(() => connection.said.length === 1);
  expect(connection.parts).toEqual([]);
  connection.said[0]?.store();
  expect(await pipe.status).toBe(0);
  expect(connection.parts).toEqual(["dev"]);
});

test("a message that the hub refuses is reported, the rest is sent, and the status is 1", async () => {
  const connection = onlineConnection();
  connection.storesAtOnce = false;
  const pipe = startPipe(chat, { connection });
  pipe.stdin.end("bad\ngood\n");
  await connection.until(() => connection.said.length === 2);
  connection.said[0]?.refuse(new HubError("rate", "too fast"));
  connection.said[1]?.store();
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toContain("palaver: not sent: bad: too fast\n");
});

test("a script of more lines than may wait says all of them", async () => {
  const connection = onlineConnection();
  const pipe = startPipe(chat, { connection });
  const lines = Array.from({ length: 2500 }, (_, index) => `line ${index}`);
  pipe.stdin.end(`${lines.join("\n")}\n`);
  expect(await pipe.status).toBe(0);
  expect(connection.said.map(({ text }) => text)).toEqual(lines);
  expect(pipe.stderr).not.toContain("not sent");
});

test("/quit ends it although input goes on", async () => {
  const pipe = startPipe(chat);
  pipe.stdin.write("/quit\n");
  expect(await pipe.status).toBe(0);
});

const refusedLines = [
  ["not UTF-8", Buffer.of(0xff, 0xfe), "line 2 is not UTF-8"],
  ["too long", Buffer.alloc(4001, "x"), "line 2 is longer than 4000 bytes"],
  ["as long as it takes", Buffer.alloc(100_000, "x"), "line 2 is longer than 4000 bytes"],
] as const;

test.each(refusedLines)("a typed line that is %s is refused, and the chat goes on", async (_, line, told) => {
  const pipe = startPipe(chat, { isTyped: true });
  pipe.stdin.end(Buffer.concat([Buffer.from("one\n"), line, Buffer.from("\ntwo\n")]));
  expect(await pipe.status).toBe(0);
  expect(pipe.connection.said.map(({ text }) => text)).toEqual(["one", "two"]);
  expect(pipe.stderr).toBe(`palaver: not said: ${told}\n`);
});

test.each(refusedLines)("of a script, a line that is %s ends it", async (_, line, told) => {
  const pipe = startPipe(chat);
  pipe.stdin.end(Buffer.concat([Buffer.from("one\n"), line, Buffer.from("\ntwo\n")]));
  expect(await pipe.status).toBe(1);
  expect(pipe.connection.said.map(({ text }) => text)).toEqual(["one"]);
  expect(pipe.stderr).toContain(`palaver: ${told}\n`);
});
