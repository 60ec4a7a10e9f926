import { expect, test } from "vitest";

import { createNewReno, createRateController, type CongestionController } from "../../src/session/index.ts";
import { copiesFor } from "../../src/session/redundancy.ts";
import { BURST_BYTES, Pacer } from "../../src/session/pacer.ts";
import { createSessionPair } from "../session-pair.ts";
import type { Conditions } from "../simulated-network.ts";

interface Transfer {
  readonly ms: number;
  readonly sentBytes: number;
  readonly minRttMs: number;
  readonly rttMs: number;
}

/** Time and bytes for a transfer from the hub to the client. */
function transfer(
  size: number,
  conditions: Partial<Conditions>,
  createController: () => CongestionController = createRateController,
  seed = 1,
): Transfer {
  const pair = createSessionPair({ seed, conditions, server: { createController } });
  pair.connect();
  const id = pair.client.open("request") as number;
  const whole = new Uint8Array(size);
  let written = 0;
  pair.client.write(id, Buffer.from("go"));
  pair.serverEar.hear = (session, stream) => {
    written += session.write(stream, whole);
  };
  pair.serverEar.onWritable = (session, stream) => {
    written += session.write(stream, whole.subarray(written));
  };
  const startMs = pair.network.nowMs;
  const isDone = (): boolean => pair.clientEar.data.get(id)?.length === size;
  if (!pair.network.run(startMs + 120_000, isDone)) throw new Error("the transfer did not end");
  const stats = pair.serverSession().stats();
  return {
    ms: pair.network.nowMs - startMs,
    sentBytes: stats.bytesOut,
    minRttMs: stats.minRttMs,
    rttMs: stats.rttMs,
  };
}

const MIB = 1 << 20;

test("a full link is filled and its queue is not", () => {
  // 1 byte/µs: 1 MiB takes 1049 ms at best.
  const { ms, rttMs } = transfer(MIB, { rate: 1000, queueBytes: 200_000 });
  console.log("1 MiB over 1 MB/s:", Math.round(ms), "ms, rtt", Math.round(rttMs));
  expect(ms).toBeLessThan(1.5 * 1049);
  expect(rttMs).toBeLessThan(150);
});

test.each([20, 40])("a link that delivers in bursts, every %d ms, is filled", (burstMs) => {
  // A packet that comes just before a burst has a round trip of next to nothing.
  const { ms } = transfer(MIB, { rate: 1000, queueBytes: 200_000, delayMs: 1, burstMs });
  console.log("1 MiB over 1 MB/s in bursts:", Math.round(ms), "ms");
  expect(ms).toBeLessThan(1.5 * 1049);
});

test("a shallow queue does not make the sender flood: less than half is sent for nothing", () => {
  const { ms, sentBytes } = transfer(MIB, { rate: 1000, queueBytes: 10_000 });
  console.log("1 MiB, 10 kB queue:", Math.round(ms), "ms, sent", sentBytes);
  expect(ms).toBeLessThan(4 * 1049);
  expect(sentBytes).toBeLessThan(1.5 * MIB);
});

test("random loss of 30 % costs little more than what is lost", () => {
  const { ms, sentBytes } = transfer(MIB, { rate: 1000, queueBytes: 200_000, loss: 0.3 });
  console.log("1 MiB, 30 % loss:", Math.round(ms), "ms, sent", sentBytes);
  // What gets lost must be sent again: 1049 / 0.7 = 1499 ms at best.
  expect(ms).toBeLessThan(3 * 1499);
  expect(sentBytes).toBeLessThan(2.2 * MIB);
});

test("NewReno does what it is known for: random loss brings it down", () => {
  const clean = transfer(MIB / 4, {}, createNewReno);
  const lossy = transfer(MIB / 4, { loss: 0.1 }, createNewReno);
  const rated = transfer(MIB / 4, { loss: 0.1 });
  console.log(
    "256 KiB: NewReno",
    Math.round(clean.ms),
    "then at 10 %",
    Math.round(lossy.ms),
    "rate",
    Math.round(rated.ms),
  );
  expect(clean.ms).toBeLessThan(500);
  expect(lossy.ms).toBeGreaterThan(2 * rated.ms);
});

test("NewReno halves its window once a round and doubles it in slow start", () => {
  const controller = createNewReno();
  const sample = {
    nowMs: 100,
    ackedBytes: 12_000,
    inFlightBytes: 0,
    newestSentAtMs: 50,
    smoothedRttMs: 40,
    minRttMs: 40,
    deliveryRate: 0,
    isAppLimited: false,
    isRoundStart: true,
    lossRate: 0,
  };
  controller.onAck(sample);
  expect(controller.windowBytes).toBe(24_000);
  controller.onLost(1200, 60, 110);
  controller.onLost(1200, 70, 120);
  expect(controller.windowBytes).toBe(12_000);
  controller.onLost(1200, 115, 150);
  expect(controller.windowBytes).toBe(6000);
  controller.onAck({ ...sample, newestSentAtMs: 160, isAppLimited: true });
  expect(controller.windowBytes).toBe(6000);
  controller.onAck({ ...sample, newestSentAtMs: 160, ackedBytes: 6000 });
  expect(controller.windowBytes).toBe(7200);
});

test("the pacer lets a burst go and then spreads", () => {
  const pacer = new Pacer();
  for (let sent = 0; sent < BURST_BYTES; sent += 1200) {
    expect(pacer.readyAtMs(10, 1000)).toBe(1000);
    pacer.onSent(1200);
  }
  expect(pacer.readyAtMs(10, 1000)).toBe(1120);
  expect(pacer.readyAtMs(10, 1120)).toBe(1120);
  pacer.onSent(1200);
  expect(pacer.readyAtMs(10, 1120)).toBe(1240);
  expect(pacer.readyAtMs(Infinity, 1120)).toBe(1120);
});

test("on a fast path the pacer lets go what two milliseconds carry: no timer is finer", () => {
  const pacer = new Pacer();
  const rate = 100_000;
  pacer.readyAtMs(rate, 1000);
  let sent = 0;
  for (; pacer.readyAtMs(rate, 1010) <= 1010; sent += 1200) pacer.onSent(1200);
  expect(sent).toBeGreaterThan(190_000);
  expect(sent).toBeLessThanOrEqual(200_000);
});

test("copies grow with loss and stop at four; a clean path has none", () => {
  expect([0, 0.02, 0.03, 0.1, 0.2, 0.3, 0.5, 0.95].map(copiesFor)).toEqual([0, 0, 1, 2, 3, 4, 4, 4]);
});

test("on a clean path nothing is sent twice once the path is known", () => {
  const pair = createSessionPair();
  pair.connect();
  const session = pair.serverSession();
  for (let i = 0; i < 60; i++) {
    session.write(0, Buffer.from("warm up"));
    pair.network.run(pair.network.nowMs + 200);
  }
  expect(session.stats().lossRate).toBeLessThan(0.02);
  const before = session.stats().packetsOut;
  for (let i = 0; i < 20; i++) {
    session.write(0, Buffer.from("once"));
    pair.network.run(pair.network.nowMs + 200);
  }
  // Numbers may be skipped, packets not: one for each message.
  expect(session.stats().packetsOut - before).toBe(20);
});

test("copies take at most a fixed share of what is sent at once", () => {
  const pair = createSessionPair({ seed: 2, conditions: { loss: 0.3 } });
  pair.connect();
  const session = pair.serverSession();
  const rooms = Array.from({ length: 30 }, () => session.open("room") as number);
  for (let i = 0; i < 40; i++) {
    for (const room of rooms) session.write(room, Buffer.alloc(250));
    pair.network.run(pair.network.nowMs + 10);
  }
  pair.network.run(pair.network.nowMs + 5000);
  const said = 40 * rooms.length * 250;
  for (const room of rooms) expect(pair.clientEar.data.get(room)).toHaveLength(40 * 250);
  // A third is lost and sent again; the copies come on top, and are not four times everything.
  expect(session.stats().bytesOut).toBeLessThan(3 * said);
});
