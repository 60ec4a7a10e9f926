import { expect, it } from "vitest";
import { shareLimits } from "../../src/workers/share-limits.ts";
import { addUp, type MemberStatus } from "../../src/workers/total.ts";
import { startHub } from "../hub-harness.ts";

const loop = { utilization: 0.1, p50Ms: 1, p99Ms: 2, maxMs: 3 };

it("adds up what workers did, takes from one what all know, and of times the longest", async () => {
  await using harness = await startHub();
  const one: MemberStatus = { ...harness.hub.status(), loop, heapUsed: 100, undelivered: 0 };
  const [echo] = one.plugins;
  const traffic = { ...one.traffic, packetsOut: 100, lossRate: 0.1, rttMs: 5 };
  const busy: MemberStatus = {
    ...one,
    sessions: 3,
    usersOnline: 0,
    received: 7,
    plugins: [
      {
        ...echo!,
        state: "off",
        reason: "faults",
        calls: 4,
        p99Ms: 9,
        faults: 5,
        lastFault: "x",
        lastFaultAt: "2026-11-21T12:00:00.000Z",
      },
    ],
    traffic,
    loop: { ...loop, p99Ms: 20 },
    undelivered: 6,
  };
  const idle: MemberStatus = {
    ...one,
    traffic: { ...traffic, packetsOut: 300, lossRate: 0, rttMs: undefined },
  };
  expect(addUp([idle, busy])).toMatchObject({
    sessions: 3,
    usersOnline: 0,
    received: 7,
    plugins: [
      { name: "echo", state: "off", reason: "faults", calls: 4, p99Ms: 9, faults: 5, lastFault: "x" },
    ],
    traffic: { packetsOut: 400, lossRate: 0.025, rttMs: 5 },
    loop: { p50Ms: 1, p99Ms: 20 },
    heapUsed: 200,
    workers: [{ sessions: 0 }, { sessions: 3, received: 7, undelivered: 6 }],
  });
});

it("gives each worker its part of what holds for the hub as a whole, and never nothing", async () => {
  await using harness = await startHub({
    text: { repliesPerSecond: 5, burst: 20, bytesPerSecond: 65_536 },
    limits: { connections: 1000, handshakesPerSecond: 1, peers: 100, rooms: 10 },
  });
  const { text, limits } = shareLimits({ ...harness.config, workers: 3 });
  expect(text).toMatchObject({ repliesPerSecond: 2, burst: 7, bytesPerSecond: 21_846 });
  expect(limits).toMatchObject({ connections: 334, handshakesPerSecond: 1, peers: 100, rooms: 10 });
});
