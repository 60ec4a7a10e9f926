import { expect, test, vi } from "vitest";

import { createClientSession, createServerEndpoint, type Session } from "../../src/session/index.ts";
import { Ear, SERVER_ADDRESS } from "../session-pair.ts";
import { SimulatedNetwork } from "../simulated-network.ts";

// Virtual time is cheap but not free: these run some hundred thousand packets through real cryptography.
vi.setConfig({ testTimeout: 120_000 });

/** Latencies of sparse messages that one user says and the hub hands on to 20 others. */
function measureRoom(seed: number, loss: number): number[] {
  const receivers = 20;
  const messages = 60;
  const network = new SimulatedNetwork(seed, { loss, delayMs: 20 });
  const random = network.random.bytes;
  const hubEar = new Ear();
  const hub = createServerEndpoint({
    staticKey: random(32),
    random,
    events: hubEar,
    limits: { handshakeBurst: 100 },
  });
  network.attach(SERVER_ADDRESS, hub);
  const saidAtMs: number[] = [];
  const latencies: number[] = [];
  const clients = Array.from({ length: receivers + 1 }, (_unused, i) => {
    const ear = new Ear();
    ear.hear = (_session, _id, bytes) => {
      for (let at = 0; at < bytes.length; at += 80) {
        latencies.push(network.nowMs - (saidAtMs[Buffer.from(bytes).readUInt16BE(at)] as number));
      }
    };
    const client = createClientSession({
      identity: random(32),
      serverAddress: SERVER_ADDRESS,
      random,
      events: ear,
      nowMs: 0,
    });
    network.attach(`198.51.100.${i + 1}:40000`, client);
    return client;
  });
  expect(network.run(20_000, () => hubEar.sessions.length === receivers + 1)).toBe(true);
  const [speaker] = clients as [(typeof clients)[number]];
  const rooms = new Map<Session, number>();
  for (const session of hubEar.sessions) rooms.set(session, session.open("room") as number);
  hubEar.hear = (from, _id, bytes) => {
    for (const [session, room] of rooms) {
      if (session !== from) session.write(room, bytes);
    }
  };
  const startMs = network.nowMs + 100;
  for (let i = 0; i < messages; i++) {
    network.at(startMs + i * 400 + network.random.between(0, 200), () => {
      saidAtMs[i] = network.nowMs;
      const message = Buffer.alloc(80);
      message.writeUInt16BE(i);
      speaker.write(0, message);
    });
  }
  network.run(startMs + messages * 400 + 20_000, () => latencies.length === messages * receivers);
  expect(latencies).toHaveLength(messages * receivers);
  return latencies;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
}

function measureMany(loss: number): number[] {
  const all: number[] = [];
  for (let seed = 1; seed <= 5; seed++) all.push(...measureRoom(seed, loss));
  all.sort((a, b) => a - b);
  const figures = [0.5, 0.9, 0.99, 0.999, 1].map((share) => percentile(all, share).toFixed(0));
  console.log(`loss ${loss}: p50, p90, p99, p99.9, max = ${figures.join(", ")} ms`);
  return all;
}

test("at 10 % loss a sparse message reaches everybody within 120 ms in 99 % and 250 ms in 99.9 %", () => {
  const sorted = measureMany(0.1);
  expect(percentile(sorted, 0.99)).toBeLessThanOrEqual(120);
  expect(percentile(sorted, 0.999)).toBeLessThanOrEqual(250);
});

test("at 30 % loss a sparse message reaches everybody within 250 ms in 99 %", () => {
  const sorted = measureMany(0.3);
  expect(percentile(sorted, 0.99)).toBeLessThanOrEqual(250);
});

test("without loss a sparse message takes the two one-way trips and nothing more", () => {
  const sorted = measureMany(0);
  expect(percentile(sorted, 1)).toBeLessThanOrEqual(41);
});
