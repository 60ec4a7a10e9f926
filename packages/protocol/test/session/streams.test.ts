import { expect, test } from "vitest";

import type { ErrorCode } from "../../src/errors.ts";
import { splitStreamId } from "../../src/session/index.ts";
import { createSessionPair, type SessionPair } from "../session-pair.ts";

function connected(seed = 1): SessionPair {
  const pair = createSessionPair({ seed });
  pair.connect();
  return pair;
}

test("ids tell opener and kind", () => {
  const pair = connected();
  const ids = (["request", "room", "other", "request"] as const).map(
    (kind) => pair.client.open(kind) as number,
  );
  expect(ids.map((id) => splitStreamId(id).kind)).toEqual(["request", "room", "other", "request"]);
  expect(new Set(ids).size).toBe(4);
  expect(splitStreamId(pair.serverSession().open("room") as number)).toMatchObject({
    opener: "server",
    kind: "room",
  });
});

test("a reader that does not consume stops the writer at the stream's credit, and starts it again", () => {
  const pair = connected();
  pair.serverEar.consumes = false;
  const id = pair.client.open("request") as number;
  const whole = pair.network.random.bytes(600_000);
  let written = pair.client.write(id, whole);
  expect(written).toBe(256 * 1024);
  const pump = (): void => {
    written += pair.client.write(id, whole.subarray(written));
  };
  for (let i = 0; i < 20; i++) {
    pair.network.run(pair.network.nowMs + 500);
    pump();
  }
  // The stream's credit has arrived; as much again waits in the writer's buffer.
  expect(pair.serverEar.data.get(id)?.length).toBe(256 * 1024);
  expect(written).toBe(512 * 1024);
  expect(pair.client.bufferedBytes(id)).toBe(256 * 1024);
  let consumed = 0;
  for (let i = 0; i < 60 && (pair.serverEar.data.get(id)?.length ?? 0) < whole.length; i++) {
    const got = pair.serverEar.data.get(id)?.length ?? 0;
    pair.serverSession().consume(id, got - consumed);
    consumed = got;
    pair.network.run(pair.network.nowMs + 500);
    pump();
  }
  expect(Buffer.from(pair.serverEar.data.get(id) ?? []).equals(whole)).toBe(true);
});

test("the credit of a stream grows while its reader keeps up, and leaves a quarter of the session's to the others", () => {
  const pair = connected();
  const id = pair.client.open("request") as number;
  const whole = pair.network.random.bytes(4 << 20);
  let written = 0;
  const write = () => (written += pair.client.write(id, whole.subarray(written)));
  pair.clientEar.onWritable = write;
  write();
  const arrived = () => pair.serverEar.data.get(id)?.length ?? 0;
  expect(pair.network.run(pair.network.nowMs + 60_000, () => arrived() >= 2 << 20)).toBe(true);
  pair.serverEar.consumes = false;
  const before = arrived();
  pair.network.run(pair.network.nowMs + 20_000);
  expect(arrived() - before).toBeGreaterThan(300 << 10);
  expect(arrived() - before).toBeLessThanOrEqual(768 << 10);
  expect(pair.client.bufferedBytes(id)).toBeLessThanOrEqual(256 << 10);
});

test("a writer that was cut short is told when there is room", () => {
  const pair = connected();
  const id = pair.client.open("request") as number;
  expect(pair.client.write(id, new Uint8Array(300_000))).toBe(256 * 1024);
  expect(pair.clientEar.writable).toEqual([]);
  pair.network.run(pair.network.nowMs + 5000);
  expect(pair.clientEar.writable).toEqual([id]);
  expect(pair.client.bufferedBytes(id)).toBe(0);
});

test("all streams together stay within the session's credit and buffer", () => {
  const pair = connected();
  pair.serverEar.consumes = false;
  const ids = Array.from({ length: 8 }, () => pair.client.open("request") as number);
  const written = ids.map((id) => pair.client.write(id, new Uint8Array(256 * 1024)));
  // Four of them fill the buffer; each of the others still has 16 KiB.
  expect(written.reduce((sum, bytes) => sum + bytes, 0)).toBe((1 << 20) + 4 * (16 << 10));
  pair.network.run(pair.network.nowMs + 10_000);
  for (const id of ids) pair.client.write(id, new Uint8Array(256 * 1024));
  pair.network.run(pair.network.nowMs + 10_000);
  const arrived = ids.reduce((sum, id) => sum + (pair.serverEar.data.get(id)?.length ?? 0), 0);
  expect(arrived).toBe(1 << 20);
});

test("no more than 64 requests at once, and again as many when they are over", () => {
  const pair = connected();
  pair.serverEar.hear = (session, id) => session.finish(id);
  for (let round = 0; round < 3; round++) {
    const ids = Array.from({ length: 70 }, () => pair.client.open("request"));
    expect(ids.filter((id) => id !== undefined)).toHaveLength(64);
    for (const id of ids) {
      if (id === undefined) continue;
      pair.client.write(id, Buffer.from("x"));
      pair.client.finish(id);
    }
    pair.network.run(pair.network.nowMs + 3000);
  }
  expect(pair.serverEar.opened).toHaveLength(192);
  expect(pair.clientEar.closes).toEqual([]);
});

test("a reset ends both directions, frees the place and tells its code", () => {
  const pair = connected();
  const id = pair.client.open("request") as number;
  pair.client.write(id, Buffer.from("yes"));
  pair.serverEar.hear = (session, stream) => session.write(stream, new Uint8Array(200_000));
  pair.network.run(pair.network.nowMs + 60);
  pair.client.reset(id, "TIMEOUT");
  pair.network.run(pair.network.nowMs + 2000);
  expect(pair.serverEar.resets).toEqual(new Map<number, ErrorCode>([[id, "TIMEOUT"]]));
  expect(pair.serverSession().bufferedTotal).toBe(0);
  expect(pair.serverSession().write(id, Buffer.from("late"))).toBe(0);
  expect(pair.client.write(id, Buffer.from("late"))).toBe(0);
  const others = Array.from({ length: 64 }, () => pair.client.open("request"));
  expect(others.every((other) => other !== undefined)).toBe(true);
  // The credit of what was thrown away has come back.
  const next = others[0] as number;
  pair.serverEar.hear = () => {};
  pair.client.write(next, new Uint8Array(200_000));
  pair.network.run(pair.network.nowMs + 5000);
  expect(pair.serverEar.data.get(next)?.length).toBe(200_000);
});

test("one lost packet in one room holds up no other room", () => {
  const pair = connected();
  const [slow, fast] = [pair.client.open("room") as number, pair.client.open("room") as number];
  pair.network.run(pair.network.nowMs + 200);
  pair.network.conditions = { ...pair.network.conditions, loss: 1 };
  pair.client.write(slow, Buffer.from("lost at first"));
  pair.network.run(pair.network.nowMs + 1);
  pair.network.conditions = { ...pair.network.conditions, loss: 0 };
  pair.client.write(fast, Buffer.from("on time"));
  const saidMs = pair.network.nowMs;
  pair.network.run(saidMs + 21, () => pair.serverEar.text(fast) === "on time");
  expect(pair.serverEar.text(fast)).toBe("on time");
  expect(pair.network.nowMs - saidMs).toBeLessThanOrEqual(20);
});

test("small messages that are ready together share a packet", () => {
  const pair = connected();
  pair.network.run(pair.network.nowMs + 3000);
  const rooms = Array.from({ length: 10 }, () => pair.client.open("room") as number);
  for (const room of rooms) pair.client.write(room, Buffer.from("hello"));
  const before = pair.client.stats().packetsOut;
  pair.client.poll(pair.network.nowMs);
  expect(pair.client.stats().packetsOut).toBe(before + 1);
});

test("a short message passes a long output under way", () => {
  const pair = createSessionPair({ conditions: { rate: 100, queueBytes: 1_000_000 } });
  pair.connect();
  const session = pair.serverSession();
  const id = pair.client.open("request") as number;
  pair.client.write(id, Buffer.from("go"));
  pair.network.run(pair.network.nowMs + 100);
  session.write(id, new Uint8Array(256 * 1024));
  pair.network.run(pair.network.nowMs + 500);
  const got = pair.clientEar.data.get(id)?.length ?? 0;
  expect(got).toBeLessThan(200_000);
  session.write(0, Buffer.from("notice"));
  const saidMs = pair.network.nowMs;
  pair.network.run(saidMs + 5000, () => pair.clientEar.text(0) === "notice");
  expect(pair.network.nowMs - saidMs).toBeLessThan(150);
});

test("unreliable datagrams arrive once, and of too many the latest win", () => {
  const pair = connected();
  for (let i = 0; i < 40; i++) pair.client.sendDatagram(Uint8Array.of(i));
  pair.network.run(pair.network.nowMs + 1000);
  expect(pair.serverEar.dgrams.map((bytes) => bytes[0])).toEqual(
    Array.from({ length: 16 }, (_unused, i) => 24 + i),
  );
  expect(() => pair.client.sendDatagram(new Uint8Array(1001))).toThrow(
    expect.objectContaining({ code: "TOO_LARGE" }),
  );
});

test("a peer that allows any number of streams gets no more than we would allow it", () => {
  const pair = createSessionPair({ client: { limits: { maxStreams: 1_000_000 } } });
  pair.connect();
  const writer = pair.serverSession();
  const opened = Array.from({ length: 100 }, () => writer.open("room"));
  expect(opened.filter((id) => id !== undefined)).toHaveLength(64);
});
