import { randomBytes } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CONTROL_STREAM_ID, encodeControl, encodeRequestStream, encodeRoomStream } from "@palaver/protocol";
import { describe, expect, test } from "vitest";
import { CallBook } from "../../src/sessions/call-book.ts";
import { Requests } from "../../src/sessions/requests.ts";
import type { SessionContext, SessionPeer } from "../../src/sessions/session-peer.ts";
import { eventually, startHub } from "../hub-harness.ts";
import { connectSession, joined, said, type SessionClient } from "./session-client.ts";

const plugins = { chat: {}, demo: { from: "./demo-session.ts" } };

/** Writes records until the session takes no more, waiting for its credit, and stops when it is over. */
async function flood(
  client: SessionClient,
  stream: number,
  record: Uint8Array,
  count: number,
): Promise<void> {
  for (let sent = 0; sent < count && client.session.state === "open";) {
    if (client.session.bufferedBytes(stream) < 64_000) {
      client.session.write(stream, record);
      sent++;
      if (sent % 20 === 0) client.poll();
    } else {
      client.poll();
      await new Promise(setImmediate);
    }
  }
  client.poll();
}

describe("a request", () => {
  test("that is over and past its time leaves nothing, though its session goes on", async () => {
    let nowMs = 0;
    const book = new CallBook(() => nowMs);
    const records: WeakRef<object>[] = [];
    const context = {
      book,
      identities: { journal: () => true },
      registry: () => ({ find: () => undefined }),
      route(_message: unknown, _from: unknown, sink: { reply(text: string): void; end(): void }) {
        records.push(new WeakRef(sink));
        sink.reply("an answer");
        sink.end();
      },
    } as unknown as SessionContext;
    const session = {
      write: (_id: number, bytes: Uint8Array) => bytes.length,
      consume: () => {},
      finish: () => {},
    };
    const peer = { session, caller: { key: "key" }, calls: new Set(), isTooFast: () => false };
    const requests = new Requests(peer as unknown as SessionPeer, context);
    for (let stream = 2; stream < 2 + 8 * 100; stream += 8) {
      requests.onData(
        stream,
        encodeRequestStream({ type: "request", id: randomBytes(16), command: "x", argv: [] }),
      );
      requests.onFinish(stream);
    }
    nowMs = 300_001;
    book.sweep();
    // What a WeakRef was made for is held until the end of the turn.
    await new Promise(setImmediate);
    setFlagsFromString("--expose-gc");
    (runInNewContext("gc") as () => void)();
    expect(records).toHaveLength(100);
    expect(records.filter((record) => record.deref() !== undefined).length).toBeLessThanOrEqual(1);
    requests.closed();
  });

  test("stream that ends without one gets an end, so that its place is free again", async () => {
    await using harness = await startHub({ plugins });
    await using client = await connectSession(harness.port());
    for (let number = 0; number < 200; number++) {
      const stream = client.session.open("request");
      if (stream === undefined) {
        client.poll();
        await new Promise(setImmediate);
        number--;
        continue;
      }
      client.session.finish(stream);
    }
    expect((await client.replies(client.request("count"))).at(-1)).toEqual({ type: "end" });
  });

  test("whose answer is a private message of two thousand bytes passes it on whole, in any script", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    const bob = await joined(harness.port(), "bob");
    await using _a = ann.client;
    await using _b = bob.client;
    const text = "汉".repeat(600);
    const replies = await ann.client.replies(ann.client.request("msg", ["bob", text]));
    expect(replies.at(-1)).toEqual({ type: "end" });
    let heard = "";
    while (!heard.endsWith(text)) heard += (await bob.client.next("notice")).text;
    expect(heard).toBe(`ann (to you alone): ${text}`);
  });

  test("with the id of another user's is another request", async () => {
    await using harness = await startHub({ plugins });
    await using ann = await connectSession(harness.port());
    await using eve = await connectSession(harness.port());
    const id = randomBytes(16);
    const [one] = await ann.replies(ann.request("change", [], id));
    const [other] = await eve.replies(eve.request("change", [], id));
    expect([one, other]).toEqual([
      { type: "text", text: "1" },
      { type: "text", text: "2" },
    ]);
  });

  test("64 of them that nobody reads hold up nobody else", async () => {
    await using harness = await startHub({ plugins });
    const deaf = await connectSession(harness.port(), randomBytes(32), false);
    for (let number = 0; number < 64; number++) deaf.request("bytes", ["300000"]);
    await using ann = await connectSession(harness.port());
    for (let number = 0; number < 20; number++) {
      expect((await ann.replies(ann.request("count"))).at(-1)).toEqual({ type: "end" });
    }
    expect(harness.hub.status().sessions).toBe(2);
    deaf.close();
    await eventually(() => harness.hub.status().sessions).toBe(1);
    deaf.vanish();
  });
});

describe("a client that never reads", () => {
  test("is put out when its answers pile up, and nobody waits for it", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    await using _a = ann.client;
    const deaf = await joined(harness.port(), "deaf", undefined, false);
    const hello = encodeControl({ type: "hello", version: 1, client: "x".repeat(64) });
    const flooding = flood(deaf.client, CONTROL_STREAM_ID, hello, 100_000);
    for (let number = 1; number <= 20; number++) await said(ann.client, ann.stream, `line ${number}`);
    expect(await deaf.client.closed).toMatchObject({ code: "FLOW", by: "peer" });
    await flooding;
    await eventually(() => harness.hub.status()).toMatchObject({ sessions: 1, usersOnline: 1 });
    deaf.client.vanish();
  });

  test("in a busy room holds up nobody there, and is not put out: it has a place in the history and no queue", async () => {
    await using harness = await startHub({ plugins });
    const ann = await joined(harness.port(), "ann");
    const bob = await joined(harness.port(), "bob");
    const deaf = await joined(harness.port(), "deaf", undefined, false);
    await using _a = ann.client;
    await using _b = bob.client;
    // Far more than its credit, its buffer and what may wait come to together.
    for (let number = 1; number <= 800; number++) {
      const record = { type: "say", id: randomBytes(16), kind: "say", text: "x".repeat(1900) } as const;
      await flood(ann.client, ann.stream, encodeRoomStream(record), 1);
    }
    const heardBy = (client: SessionClient) =>
      client.heard.filter(({ message }) => message.type === "message" && message.seq > 0).length;
    await eventually(() => heardBy(bob.client)).toBe(800);
    expect(heardBy(deaf.client)).toBeLessThan(800);
    expect(harness.hub.status().sessions).toBe(3);
    deaf.client.vanish();
  });
});

describe("a user", () => {
  test("hostile 19: has at most sixteen sessions; the one silent the longest gives way", async () => {
    await using harness = await startHub({ plugins });
    const identity = randomBytes(32);
    const clients: SessionClient[] = [];
    for (let number = 0; number < 17; number++) {
      const client = await connectSession(harness.port(), identity);
      clients.push(client);
      await client.next("welcome");
      // The first one speaks again and again, so it is never the silent one.
      await clients[0]?.replies(clients[0].request("count"));
    }
    // Which of the others was heard of last is chance: each acknowledges in its own time.
    const ended = await Promise.race(clients.slice(1).map(({ closed }) => closed));
    expect(ended).toMatchObject({ code: "BUSY", by: "peer" });
    await eventually(() => harness.hub.status().sessions).toBe(16);
    expect(clients[0]?.session.state).toBe("open");
    // A place that was given back is free.
    clients.at(-1)?.close();
    await eventually(() => harness.hub.status().sessions).toBe(15);
    const next = await connectSession(harness.port(), identity);
    clients.push(next);
    await next.next("welcome");
    expect(harness.hub.status().sessions).toBe(16);
    await using stranger = await connectSession(harness.port());
    await stranger.next("welcome");
    expect(harness.hub.status().sessions).toBe(17);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  test("keeps its name until the last of its sessions leaves, in whatever order they do", async () => {
    await using harness = await startHub({ plugins });
    const identity = randomBytes(32);
    const [one, two, three] = [
      await joined(harness.port(), "ann", identity),
      await joined(harness.port(), "ann", identity),
      await joined(harness.port(), "ann", identity),
    ];
    const bob = await joined(harness.port(), "bob");
    await using _b = bob.client;
    for (const [left, gone] of [
      [2, two],
      [1, three],
    ] as const) {
      gone.client.close();
      await eventually(() => harness.hub.status().usersOnline).toBe(1 + left);
      expect((await bob.client.replies(bob.client.request("msg", ["ann", "still there?"]))).at(-1)).toEqual({
        type: "end",
      });
    }
    await said(one.client, one.stream, "me again");
    one.client.close();
    await eventually(() => harness.hub.status().usersOnline).toBe(1);
    for (const { client } of [one, two, three]) client.vanish();
  });

  test("wins a name against all others who want it at the same moment, or loses it", async () => {
    await using harness = await startHub({ plugins });
    const clients = await Promise.all(Array.from({ length: 10 }, () => connectSession(harness.port())));
    for (const client of clients) {
      client.control({ type: "hello", version: 1, client: "test", nick: "king" });
      client.control({ type: "join", room: "lobby" });
    }
    const nicks = await Promise.all(clients.map(async (client) => (await client.next("nick")).nick));
    expect(nicks.filter((nick) => nick === "king")).toHaveLength(1);
    expect(new Set(nicks).size).toBe(10);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
});

test("rooms, history and requests go on when the hub's plugins are loaded anew", async () => {
  await using harness = await startHub({ plugins });
  const ann = await joined(harness.port(), "ann");
  const bob = await joined(harness.port(), "bob");
  await using _a = ann.client;
  await using _b = bob.client;
  expect(await said(ann.client, ann.stream, "before")).toBe(1);
  const waiting = bob.client.request("gate");
  await bob.client.next("text", waiting);
  const reloaded = harness.hub.reload(harness.with({ listen: harness.hub.listeners.map(({ url }) => url) }));
  await bob.client.replies(bob.client.request("count"));
  expect(await said(ann.client, ann.stream, "meanwhile")).toBe(2);
  bob.client.reset(waiting);
  await reloaded;
  expect(await said(ann.client, ann.stream, "after")).toBe(3);
  for (const text of ["before", "meanwhile", "after"]) {
    let message = await bob.client.next("message");
    while (message.seq === 0) message = await bob.client.next("message");
    expect(message.text).toBe(text);
  }
  await using cyd = await connectSession(harness.port());
  cyd.control({ type: "join", room: "lobby", since: 0 });
  await cyd.next("joined");
  const texts: string[] = [];
  while (texts.length < 3) {
    const { seq, text } = await cyd.next("message");
    if (seq > 0) texts.push(text);
  }
  expect(texts).toEqual(["before", "meanwhile", "after"]);
});
