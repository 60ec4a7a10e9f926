import { expect, test } from "vitest";

import { createSessionPair } from "../session-pair.ts";

test("a client and a server agree and carry a stream both ways", () => {
  const pair = createSessionPair();
  pair.connect();
  expect(pair.network.nowMs).toBe(100);
  expect(pair.serverSession().remoteKey).toEqual(pair.client.publicKey);
  expect(pair.client.remoteKey).toEqual(pair.server.publicKey);
  const id = pair.client.open("request") as number;
  pair.client.write(id, Buffer.from("uptime"));
  pair.client.finish(id);
  pair.serverEar.hear = (session, stream) => {
    session.write(stream, Buffer.from("up 3 days"));
    session.finish(stream);
  };
  pair.network.run(1000);
  expect(pair.serverEar.text(id)).toBe("uptime");
  expect(pair.serverEar.finished.has(id)).toBe(true);
  expect(pair.clientEar.text(id)).toBe("up 3 days");
  expect(pair.clientEar.finished.has(id)).toBe(true);
});

test("what is written before the handshake ends arrives", () => {
  const pair = createSessionPair();
  pair.client.write(0, Buffer.from("hello"));
  pair.network.run(1000);
  expect(pair.serverEar.text(0)).toBe("hello");
});

test("a long output crosses a link with loss, duplicates, reordering and damage byte for byte", () => {
  const pair = createSessionPair({
    seed: 7,
    conditions: { loss: 0.3, duplicate: 0.1, reorder: 0.1, reorderMs: 40, corrupt: 0.05 },
  });
  pair.connect();
  const output = pair.network.random.bytes(108_000);
  const id = pair.client.open("request") as number;
  pair.client.write(id, Buffer.from("go"));
  pair.serverEar.hear = (session, stream) => {
    expect(session.write(stream, output)).toBe(output.length);
    session.finish(stream);
  };
  const startedAtMs = pair.network.nowMs;
  expect(pair.network.run(60_000, () => pair.clientEar.finished.has(id))).toBe(true);
  expect(Buffer.from(pair.clientEar.data.get(id) ?? []).equals(output)).toBe(true);
  console.log("108 kB took", pair.network.nowMs - startedAtMs, pair.serverSession().stats());
});
