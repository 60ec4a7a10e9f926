import { expect, test } from "vitest";
import { createSessionPair } from "../session-pair.ts";

const piece = new Uint8Array(256 << 10);
const reserve = 16 << 10;

test("a write cut short by the session's buffer is told when there is room", () => {
  const pair = createSessionPair();
  pair.connect();
  const streams = Array.from({ length: 5 }, () => pair.client.open("request") as number);
  const accepted = streams.map((id) => pair.client.write(id, piece));
  // Four streams fill the session's buffer of 1 MiB; the fifth gets what each one has for itself.
  expect(accepted).toEqual([piece.length, piece.length, piece.length, piece.length, reserve]);
  expect(pair.client.write(streams[4]!, piece)).toBe(0);
  pair.network.run(pair.network.nowMs + 20_000);
  expect(pair.clientEar.writable).toContain(streams[4]);
});

test("streams that nobody reads hold up no other, whose writer is told of each bit of room", () => {
  const pair = createSessionPair({ client: { limits: { sessionCreditBytes: 4 << 20 } } });
  pair.connect();
  pair.clientEar.consumes = false;
  const writer = pair.serverSession();
  const unread = Array.from({ length: 8 }, () => writer.open("other") as number);
  for (let round = 0; round < 4; round++) {
    for (const id of unread) writer.write(id, piece);
    pair.network.run(pair.network.nowMs + 5000);
  }
  const read = writer.open("other") as number;
  pair.clientEar.hear = (session, id, bytes) => {
    if (id === read) session.consume(id, bytes.length);
  };
  const whole = pair.network.random.bytes(100_000);
  let written = 0;
  const write = () => (written += writer.write(read, whole.subarray(written)));
  pair.serverEar.onWritable = (_session, id) => void (id === read && write());
  write();
  expect(written).toBe(reserve);
  pair.network.run(pair.network.nowMs + 20_000);
  expect(Buffer.from(pair.clientEar.data.get(read) ?? []).equals(whole)).toBe(true);
});

test("a writer that is told of room which others have taken meanwhile waits until there is more", () => {
  const pair = createSessionPair();
  pair.connect();
  pair.clientEar.consumes = false;
  const writer = pair.serverSession();
  const streams = Array.from({ length: 12 }, () => writer.open("other") as number);
  let calls = 0;
  const write = (id: number) => {
    if (++calls > 10_000) throw new Error("told again and again");
    writer.write(id, piece);
  };
  pair.serverEar.onWritable = (_session, id) => write(id);
  for (let round = 0; round < 4; round++) {
    for (const id of streams) write(id);
    pair.network.run(pair.network.nowMs + 5000);
  }
  // Those that are left have room each, and not for all of them.
  const bySize = streams.toSorted((one, other) => writer.bufferedBytes(other) - writer.bufferedBytes(one));
  for (const id of bySize.slice(0, 6)) writer.reset(id, "NO_ERROR");
  pair.clientEar.consumes = true;
  pair.network.run(pair.network.nowMs + 5000);
  expect(streams.some((id) => writer.bufferedBytes(id) > 128 << 10)).toBe(true);
});

test("streams that are given up make room for the others", () => {
  const pair = createSessionPair();
  pair.serverEar.consumes = false;
  pair.connect();
  const streams = Array.from({ length: 5 }, () => pair.client.open("request") as number);
  for (const id of streams) pair.client.write(id, piece);
  pair.network.run(pair.network.nowMs + 5000);
  for (const id of streams.slice(0, 4)) pair.client.reset(id, "NO_ERROR");
  pair.network.run(pair.network.nowMs + 5000);
  expect(pair.clientEar.writable).toContain(streams[4]);
});
