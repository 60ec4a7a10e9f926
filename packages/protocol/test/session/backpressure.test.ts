import { expect, test } from "vitest";
import { createSessionPair } from "../session-pair.ts";

test("a write cut short by the session's buffer is told when there is room, though its stream has nothing in flight", () => {
  const pair = createSessionPair();
  pair.connect();
  const piece = new Uint8Array(256 << 10);
  const streams = Array.from({ length: 5 }, () => pair.client.open("request") as number);
  const accepted = streams.map((id) => pair.client.write(id, piece));
  // Four streams fill the session's buffer of 1 MiB; the fifth gets nothing.
  expect(accepted).toEqual([piece.length, piece.length, piece.length, piece.length, 0]);
  pair.network.run(pair.network.nowMs + 20_000);
  expect(pair.clientEar.writable).toContain(streams[4]);
});

test("streams that are given up make room for the others", () => {
  const pair = createSessionPair();
  pair.serverEar.consumes = false;
  pair.connect();
  const piece = new Uint8Array(256 << 10);
  const streams = Array.from({ length: 5 }, () => pair.client.open("request") as number);
  for (const id of streams) pair.client.write(id, piece);
  pair.network.run(pair.network.nowMs + 5000);
  for (const id of streams.slice(0, 4)) pair.client.reset(id, "NO_ERROR");
  pair.network.run(pair.network.nowMs + 5000);
  expect(pair.clientEar.writable).toContain(streams[4]);
});
