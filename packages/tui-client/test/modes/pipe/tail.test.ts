import { InterruptedError } from "../../../src/exit.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeConnection } from "../../fake-connection.ts";
import { hub, onlineConnection, startPipe } from "../pipe-harness.ts";

const tail = { command: "tail", hub, room: "lobby", json: false } as const;
let zone: string | undefined;

beforeEach(() => {
  zone = process.env["TZ"];
  process.env["TZ"] = "UTC";
});
afterEach(() => {
  if (zone === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zone;
});

test("messages are printed as they arrive, one a line, clean", async () => {
  const pipe = startPipe(tail);
  await pipe.connection.until(() => pipe.connection.joins.length === 1);
  pipe.connection.store("bob", "hello\nthere \u001b[31mred\u001b]8;;http://x\u0007");
  pipe.connection.store("bob", "waves", "lobby", "me");
  pipe.connection.store("bob", "elsewhere", "dev");
  pipe.interrupt.abort(new InterruptedError("SIGINT"));
  expect(await pipe.status).toBe(130);
  expect(pipe.stdout).toBe("[lobby] 12:00 bob: hello there red\n[lobby] 12:00 * bob waves\n");
  expect(pipe.stderr).toBe("");
});

test("JSON lines hold room, number, time, writer, kind and the exact text", async () => {
  const pipe = startPipe({ ...tail, json: true });
  await pipe.connection.until(() => pipe.connection.joins.length === 1);
  pipe.connection.store("bob", "a\u009b31m\nb");
  expect(pipe.stdout).not.toContain("\u009b");
  expect(JSON.parse(pipe.stdout)).toEqual({
    room: "lobby",
    seq: 1,
    at: "2026-09-24T12:00:01.000Z",
    from: "bob",
    kind: "say",
    text: "a\u009b31m\nb",
  });
  pipe.interrupt.abort(new InterruptedError("SIGTERM"));
  expect(await pipe.status).toBe(143);
});

test("--since asks for what came after a message", async () => {
  const connection = onlineConnection();
  for (const text of ["one", "two", "three"]) connection.store("bob", text);
  const pipe = startPipe({ ...tail, since: 1 }, { connection });
  await connection.until(() => pipe.stdout.includes("three"));
  expect(pipe.stdout).not.toContain("one");
  expect(pipe.stdout).toContain("bob: two\n");
  pipe.interrupt.abort(new InterruptedError("SIGINT"));
  await pipe.status;
});

test("--count ends it after so many messages, also where more come at once", async () => {
  const connection = onlineConnection();
  for (const text of ["one", "two", "three"]) connection.store("bob", text);
  const pipe = startPipe({ ...tail, since: 0, count: 2 }, { connection });
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout.split("\n").map((line) => line.split(": ")[1])).toEqual(["one", "two", undefined]);
});

test("after the hub was away what was missed is printed, and nothing twice", async () => {
  const pipe = startPipe(tail);
  const { connection } = pipe;
  await connection.until(() => connection.joins.length === 1);
  connection.store("bob", "before");
  connection.setState("offline");
  connection.store("bob", "missed");
  connection.setState("online");
  for (const message of connection.history) connection.emit("message", message);
  connection.store("bob", "after");
  const said = [...pipe.stdout.matchAll(/bob: (.*)/g)].map(([, text]) => text);
  expect(said).toEqual(["before", "missed", "after"]);
  pipe.interrupt.abort(new InterruptedError("SIGINT"));
  await pipe.status;
});

test("a hub that lost its store and counts from 1 again is still heard", async () => {
  const pipe = startPipe(tail);
  const { connection } = pipe;
  await connection.until(() => connection.joins.length === 1);
  const [first] = [connection.store("bob", "old one"), connection.store("bob", "old two")];
  connection.emit("message", { ...first, at: first.at + 60_000, text: "new one" });
  expect(pipe.stdout).toContain("new one");
  pipe.interrupt.abort(new InterruptedError("SIGINT"));
  await pipe.status;
});

test("a hub that is never reached ends it with 5, one that goes away does not", async () => {
  const never = startPipe({ ...tail, hub: { ...hub, timeoutMs: 20 } }, { connection: new FakeConnection() });
  expect(await never.status).toBe(5);

  const away = startPipe({ ...tail, hub: { ...hub, timeoutMs: 20 } });
  await away.connection.until(() => away.connection.joins.length === 1);
  away.connection.setState("offline");
  // A mode that does mind, begun later with the same timeout: when it has given up, this one would have too.
  const minds = startPipe({ ...tail, hub: { ...hub, timeoutMs: 20 } }, { connection: new FakeConnection() });
  expect(await minds.status).toBe(5);
  expect(await Promise.race([away.status, Promise.resolve("waits")])).toBe("waits");
  away.interrupt.abort(new InterruptedError("SIGINT"));
  expect(await away.status).toBe(130);
});

test("when the reader of standard output goes away it ends quietly with 0", async () => {
  const pipe = startPipe(tail);
  await pipe.connection.until(() => pipe.connection.joins.length === 1);
  pipe.streams.stdout.destroy(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  expect(await pipe.status).toBe(0);
  expect(pipe.stderr).toBe("");
});

test("a connection closed for good ends it with 1 and the hub's reason, cleaned", async () => {
  const pipe = startPipe(tail);
  await pipe.connection.until(() => pipe.connection.joins.length === 1);
  pipe.connection.setState("closed", "banned\u001b[2J\nreally");
  expect(await pipe.status).toBe(1);
  expect(pipe.stderr).toBe("palaver: banned really\n");
});
