import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Connection } from "../src/index.ts";
import { connect } from "../src/index.ts";
import { bytesOf, eventually, makeConfigDir, piecesOf } from "./client-harness.ts";
import { type FakeCall, type FakeHub, type FakeHubOptions, startFakeHub } from "./fake-hub.ts";

interface Pair extends AsyncDisposable {
  readonly hub: FakeHub;
  readonly connection: Connection;
}

async function pair(commands: NonNullable<FakeHubOptions["commands"]>): Promise<Pair> {
  const config = await makeConfigDir();
  const hub = await startFakeHub({ commands });
  const connection = connect({ host: "127.0.0.1", port: hub.port, configDir: config.path });
  return {
    hub,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.close();
      await hub.kill();
      await config[Symbol.asyncDispose]();
    },
  };
}

const end = (status?: number) => ({ type: "end" as const, status });

describe("a command", () => {
  test("gives output, text with its data, and its status", async () => {
    await using both = await pair({
      df(call) {
        call.reply({ type: "text", text: "one\u001b[31m" });
        call.reply({ type: "text", text: "two\nlines" });
        call.reply({ type: "data", data: { n: 2 } });
        call.reply({ type: "out", bytes: Buffer.from("out\u001b") });
        call.reply({ type: "err", bytes: Buffer.from("err") });
        call.reply({ type: "data", data: [3] });
        call.reply(end(7));
      },
    });
    const run = both.connection.run("df", ["-h", "", "two words"]);
    expect(await piecesOf(run)).toEqual([
      { type: "text", text: "one" },
      { type: "text", text: "two\nlines", data: { n: 2 } },
      { type: "stdout", bytes: new TextEncoder().encode("out\u001b") },
      { type: "stderr", bytes: new TextEncoder().encode("err") },
      { type: "text", text: "", data: [3] },
    ]);
    expect(await run.status).toBe(7);
    expect(both.hub.world.ran).toEqual(["df -h  two words"]);
  });

  test("gives a text at once when no data follows", async () => {
    let call: FakeCall | undefined;
    await using both = await pair({
      watch(made) {
        call = made;
        made.reply({ type: "text", text: "first" });
      },
    });
    for await (const piece of both.connection.run("watch", [])) {
      expect(piece).toEqual({ type: "text", text: "first" });
      call?.reply(end());
    }
  });

  test("that fails says with which code and why, to the loop and to whoever waits for the status", async () => {
    await using both = await pair({
      boom: (call) => call.reply({ type: "end", code: "TIMEOUT", message: "after 5 s\u0007" }),
      gone: (call) => call.reply({ type: "end", code: "EXPIRED" }),
    });
    const run = both.connection.run("boom", []);
    await expect(piecesOf(run)).rejects.toMatchObject({
      name: "HubError",
      code: "TIMEOUT",
      message: "after 5 s",
    });
    await expect(run.status).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect(both.connection.run("gone", []).status).rejects.toThrow("unknown outcome");
    await expect(both.connection.run("nothing", []).status).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(both.connection.run("x".repeat(100), []).status).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
  });

  test("is given up when its signal aborts, and the hub hears of it", async () => {
    const calls: FakeCall[] = [];
    await using both = await pair({ sleep: (call) => void calls.push(call) });
    const aborting = new AbortController();
    const run = both.connection.run("sleep", [], { signal: aborting.signal });
    await eventually(() => calls.length).toBe(1);
    aborting.abort(new Error("enough"));
    await expect(run.status).rejects.toThrow("enough");
    await expect(piecesOf(run)).rejects.toThrow("enough");
    await eventually(() => calls[0]?.isAborted).toBe(true);
  });

  test("that prints more than anybody reads is stopped, and what is read is whole", async () => {
    const line = Buffer.alloc(10_000, "0123456789");
    let written = 0;
    const hash = createHash("sha256");
    await using both = await pair({
      flood(call) {
        for (let i = 0; i < 200; i++) {
          call.reply({ type: "out", bytes: line });
          hash.update(line);
          written += line.length;
        }
        call.reply(end(0));
      },
      hi(call) {
        call.reply({ type: "text", text: "hi" });
        call.reply(end());
      },
    });
    const { connection, hub } = both;
    const runs = Array.from({ length: 8 }, () => connection.run("flood", []));
    await eventually(() => hub.world.ran.length).toBe(8);
    // Eight commands that nobody reads hold up neither another one nor a room.
    expect(await piecesOf(connection.run("hi", []))).toEqual([{ type: "text", text: "hi" }]);
    await connection.join("lobby");
    expect(await connection.say("lobby", "still here")).toEqual({ seq: 1 });
    const received = hub.peers[0]!.session.stats().bytesOut;
    expect(received).toBeLessThan(8 * (300 << 10) * 1.5);
    expect(written).toBe(8 * 200 * line.length);
    const outputs = await Promise.all(runs.map(async (run) => bytesOf(await piecesOf(run), "stdout")));
    for (const output of outputs) expect(output.length).toBe(200 * line.length);
    const all = createHash("sha256");
    for (const output of outputs) all.update(output);
    expect(all.digest("hex")).toBe(hash.digest("hex"));
  });

  test("whose loop is left ends all the same", async () => {
    await using both = await pair({
      flood(call) {
        for (let i = 0; i < 200; i++) call.reply({ type: "out", bytes: Buffer.alloc(10_000) });
        call.reply(end(3));
      },
    });
    const run = both.connection.run("flood", []);
    for await (const piece of run) {
      expect(piece.type).toBe("stdout");
      break;
    }
    expect(await run.status).toBe(3);
  });
});

test("commands that end while their source is silent leave their streams to others", async () => {
  await using both = await pair({ take: (call) => call.reply(end(1)) });
  const silent: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
  };
  // A hub allows 64 at once.
  for (let i = 0; i < 70; i++)
    expect(await both.connection.run("take", [], { stream: silent }).status).toBe(1);
});

test("more commands than may run at once take turns, and far too many are refused", async () => {
  let running = 0;
  let most = 0;
  await using both = await pair({
    work(call) {
      running++;
      most = Math.max(most, running);
      setImmediate(() => {
        running--;
        call.reply({ type: "text", text: call.argv[0] ?? "" });
        call.reply(end());
      });
    },
  });
  const runs = Array.from({ length: 288 }, (_unused, i) => piecesOf(both.connection.run("work", [`${i}`])));
  await expect(both.connection.run("work", ["288"]).status).rejects.toMatchObject({ code: "BUSY" });
  const answers = await Promise.all(runs);
  expect(answers).toEqual(answers.map((_unused, i) => [{ type: "text", text: `${i}` }]));
  expect(most).toBeLessThanOrEqual(32);
});

test("users and rooms are asked for, and an answer of another shape is refused", async () => {
  let data: unknown = { room: "lobby", users: [{ nick: "a\u0007da", state: "away" }] };
  const answer = (call: FakeCall) => {
    call.reply({ type: "text", text: "for people" });
    call.reply({ type: "data", data });
    call.reply(end());
  };
  await using both = await pair({ who: answer, rooms: answer });
  expect(await both.connection.who("lobby")).toEqual([{ nick: "ada", state: "away" }]);
  expect(both.hub.world.ran).toEqual(["who #lobby"]);
  await expect(both.connection.rooms()).rejects.toMatchObject({ code: "PROTOCOL" });
  data = { rooms: [{ name: "lobby", users: 1, topic: "la\u001b[1mter", colour: "red" }] };
  expect(await both.connection.rooms()).toEqual([{ name: "lobby", users: 1, topic: "later" }]);
  data = { users: [{ nick: 5 }] };
  await expect(both.connection.who("lobby")).rejects.toThrow("the hub's list of users cannot be read");
});
