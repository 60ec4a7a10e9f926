import { expect, test } from "vitest";
import type { SessionEvents } from "../../src/session/index.ts";
import { createSessionPair } from "../session-pair.ts";

const seed = 7;

test("how far a stream is acknowledged is told while somebody waits for it, and never more than the peer has", () => {
  const pair = createSessionPair({ seed, conditions: { loss: 0.2, jitterMs: 30 } });
  pair.connect();
  const session = pair.serverSession();
  const id = session.open("other") as number;
  const told: number[] = [];
  const ear: SessionEvents = pair.serverEar;
  ear.onAcked = (_session, stream, bytes) => {
    expect(stream).toBe(id);
    expect(bytes).toBeLessThanOrEqual(pair.clientEar.data.get(id)?.length ?? 0);
    told.push(bytes);
  };
  const run = () => pair.network.run(pair.network.nowMs + 20_000);
  session.write(id, new Uint8Array(10_000));
  run();
  expect(told, "nobody asked").toEqual([]);
  session.write(id, new Uint8Array(50_000));
  // Further than what is written yet.
  session.awaitAck(id, 70_000);
  run();
  expect(told.at(-1), `seed ${seed}`).toBe(60_000);
  expect(told).toEqual(told.toSorted((one, other) => one - other));
  session.write(id, new Uint8Array(10_000));
  run();
  expect(told.at(-1)).toBe(70_000);
  const { length } = told;
  session.write(id, new Uint8Array(10_000));
  run();
  expect(told, "nobody waits any more").toHaveLength(length);
});

test("a stream that was given up, and a peer that is gone, acknowledge nothing", () => {
  const pair = createSessionPair({ seed });
  pair.connect();
  const session = pair.serverSession();
  const given = session.open("other") as number;
  const told: string[] = [];
  const ear: SessionEvents = pair.serverEar;
  ear.onAcked = (_session, stream, bytes) => void told.push(`${stream} ${bytes}`);
  session.write(given, new Uint8Array(1000));
  session.awaitAck(given, 1000);
  session.reset(given, "NO_ERROR");
  pair.network.run(pair.network.nowMs + 5000);
  const id = session.open("other") as number;
  pair.network.conditions.loss = 1;
  session.write(id, new Uint8Array(1000));
  session.awaitAck(id, 1000);
  pair.network.run(pair.network.nowMs + 60_000);
  expect(told).toEqual([]);
});

test("who reads and closes at once has acknowledged it, and nothing that came after that", () => {
  const pair = createSessionPair({ seed });
  pair.connect();
  const session = pair.serverSession();
  const [read, late] = [session.open("other") as number, session.open("other") as number];
  const told: string[] = [];
  const ear: SessionEvents = pair.serverEar;
  ear.onAcked = (_session, stream, bytes) => {
    expect(pair.serverEar.closes, "while the session lives").toEqual([]);
    told.push(`${stream} ${bytes}`);
  };
  session.awaitAck(read, 100);
  session.awaitAck(late, 5000);
  session.write(read, new Uint8Array(100));
  for (let ms = 0; ms < 1000 && !pair.clientEar.data.has(read); ms++)
    pair.network.run(pair.network.nowMs + 1);
  // The first goodbyes are lost.
  pair.network.isCut = (from) => from === pair.clientNode.address;
  pair.client.close();
  pair.network.run(pair.network.nowMs + 1);
  session.write(late, new Uint8Array(5000));
  pair.network.run(pair.network.nowMs + 50);
  pair.network.isCut = () => false;
  pair.network.run(pair.network.nowMs + 5000);
  expect(told).toEqual([`${read} 100`]);
  expect(pair.clientEar.data.has(late)).toBe(false);
  expect(pair.serverEar.closes).toEqual([{ code: "NO_ERROR", text: "", by: "peer" }]);
});

test("a packet whose reader closed the session in the midst of it is not acknowledged", () => {
  const pair = createSessionPair({ seed });
  pair.connect();
  const session = pair.serverSession();
  const streams = [session.open("other") as number, session.open("other") as number];
  const told: string[] = [];
  const ear: SessionEvents = pair.serverEar;
  ear.onAcked = (_session, stream, bytes) => void told.push(`${stream} ${bytes}`);
  for (const stream of streams) {
    session.awaitAck(stream, 100);
    session.write(stream, new Uint8Array(100));
  }
  pair.clientEar.hear = () => pair.client.close();
  pair.network.run(pair.network.nowMs + 5000);
  expect(pair.clientEar.data.size).toBe(1);
  expect([told, pair.serverEar.closes.length]).toEqual([[], 1]);
});
