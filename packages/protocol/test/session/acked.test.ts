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
