import { expect, test } from "vitest";
import { DatagramSize } from "../../src/session/datagram-size.ts";
import {
  DEFAULT_LIMITS,
  encodeLimits,
  LARGEST_DATAGRAM_BYTES,
  parseLimits,
} from "../../src/session/limits.ts";
import { createSessionPair, type SessionPair } from "../session-pair.ts";
import type { Conditions } from "../simulated-network.ts";

const large = {
  maxSendBytes: () => LARGEST_DATAGRAM_BYTES,
  limits: { maxDatagramBytes: LARGEST_DATAGRAM_BYTES },
};

test("over TCP nothing is tried, and a packet is no longer than what the connection takes in 10 ms", () => {
  const size = new DatagramSize(16_000, true);
  expect(size.probeBytes(0)).toBeUndefined();
  expect([Infinity, 20, 200, 1000, 1e6].map((rate) => size.packetBytes(rate))).toEqual([
    1200, 1200, 2000, 10_000, 16_000,
  ]);
  size.fallBack(0);
  expect(size.packetBytes(1000)).toBe(10_000);
  expect(new DatagramSize(1200, true).packetBytes(1e6)).toBe(1200);
});

test("a bulk sender over TCP sends packets of that size, and nothing to try", () => {
  const size = 300_000;
  const { sizes, until, received, content } = upload(size, {
    conditions: { rate: 1000, queueBytes: 1_000_000 },
    client: { ...large, isStream: () => true },
  });
  until(size);
  expect(received().equals(content)).toBe(true);
  expect(Math.max(...sizes)).toBeGreaterThan(4000);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(16_000);
  expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1.05 * size);
});

interface Upload {
  readonly pair: SessionPair;
  /** Sizes of what the client has sent so far. */
  readonly sizes: number[];
  /** Runs until so many bytes have arrived. */
  until(bytes: number): void;
  received(): Buffer;
  readonly content: Buffer;
}

/** A client that sends, to a hub that reads large datagrams. */
function upload(
  size: number,
  options: { conditions?: Partial<Conditions>; client?: object; server?: object } = {},
): Upload {
  const { conditions, client = large, server = { sessionLimits: large.limits } } = options;
  const pair = createSessionPair({ conditions: { delayMs: 2, ...conditions }, client, server });
  const content = Buffer.from(Array.from({ length: size }, (_unused, i) => (i * 7 + (i >> 8)) & 255));
  const sizes: number[] = [];
  pair.connect();
  pair.network.onSend = ({ from, bytes }) => {
    if (from === pair.clientNode.address) sizes.push(bytes.length);
  };
  const stream = pair.client.open("request") as number;
  let written = 0;
  const write = () => (written += pair.client.write(stream, content.subarray(written)));
  pair.clientEar.onWritable = write;
  write();
  const received = () => Buffer.from(pair.serverEar.data.get(stream) ?? []);
  return {
    pair,
    sizes,
    content,
    received,
    until(bytes) {
      const limitMs = pair.network.nowMs + 60_000;
      if (!pair.network.run(limitMs, () => (pair.serverEar.data.get(stream)?.length ?? 0) >= bytes))
        throw new Error(`only ${received().length} bytes came`);
    },
  };
}

test("a path that carries large datagrams gets them, after one probe without data", () => {
  const { until, received, content, sizes } = upload(1 << 20);
  until(content.length);
  expect(received().equals(content)).toBe(true);
  expect(Math.max(...sizes)).toBe(LARGEST_DATAGRAM_BYTES);
  // In 1200 bytes they would be 900.
  expect(sizes.length).toBeLessThan(400);
});

test("what a path does not carry is found out by probes alone", () => {
  const { until, received, content, sizes, pair } = upload(1 << 20, { conditions: { maxBytes: 9000 } });
  until(content.length);
  expect(received().equals(content)).toBe(true);
  const tooLarge = [LARGEST_DATAGRAM_BYTES, 33_100, 17_150, 9175];
  expect(sizes.filter((size) => size > 9000)).toEqual(tooLarge.flatMap((size) => [size, size, size]));
  expect(Math.max(...sizes.filter((size) => size < 9000))).toBeGreaterThan(5000);
  expect(pair.client.stats().lossRate).toBeLessThan(0.05);
});

test("a path that turns into a black hole for them is fallen back from, and nothing is missing", () => {
  const { until, received, content, sizes, pair } = upload(2 << 20);
  until(1 << 20);
  pair.network.conditions = { ...pair.network.conditions, maxBytes: 1400 };
  const before = sizes.length;
  until(content.length);
  expect(received().equals(content)).toBe(true);
  expect(sizes.slice(before).filter((size) => size <= 1200).length).toBeGreaterThan(400);
});

test.each([
  ["our side does not try them", { client: { limits: large.limits } }],
  ["the other side does not read them", { server: {} }],
  ["the address does not allow them", { client: { ...large, maxSendBytes: () => 1200 } }],
])("nothing above 1200 bytes leaves when %s", (_why, options) => {
  const { until, received, content, sizes } = upload(300_000, options);
  until(content.length);
  expect(received().equals(content)).toBe(true);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1200);
});

test("many small messages on a lossy path are no reason to try larger datagrams", () => {
  const pair = createSessionPair({
    conditions: { delayMs: 20, loss: 0.3 },
    client: large,
    server: { sessionLimits: large.limits },
  });
  pair.connect();
  const sizes: number[] = [];
  let mostInFlight = 0;
  pair.network.onSend = ({ from, bytes }) => {
    if (from === pair.clientNode.address) sizes.push(bytes.length);
    mostInFlight = Math.max(mostInFlight, pair.client.stats().inFlightBytes);
  };
  const stream = pair.client.open("request") as number;
  const startMs = pair.network.nowMs;
  for (let i = 0; i < 400; i++)
    pair.network.at(startMs + i * 50, () => void pair.client.write(stream, Buffer.alloc(60, i)));
  const isDone = () => pair.serverEar.data.get(stream)?.length === 400 * 60;
  expect(pair.network.run(startMs + 60_000, isDone)).toBe(true);
  // With their copies more than eight packets are in flight at times.
  expect(mostInFlight).toBeGreaterThan(8 * 100);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1200);
});

test("another path begins with 1200 bytes", () => {
  const { until, received, content, sizes, pair } = upload(2 << 20);
  until(1 << 20);
  // The hub answers from now on to another address, and its own datagrams are small; the client notices nothing.
  pair.network.rebind(pair.clientNode, "203.0.113.9:1234");
  until(content.length);
  expect(received().equals(content)).toBe(true);
  expect(Math.max(...sizes)).toBe(LARGEST_DATAGRAM_BYTES);
});

test("the search: from the top, three probes a size, then half of the way down; a fall is made good by what arrives", () => {
  const size = new DatagramSize(16_384);
  for (const _probe of [1, 2, 3]) {
    expect(size.probeBytes(0)).toBe(16_384);
    size.onProbeSent();
    expect(size.probeBytes(0)).toBeUndefined();
    size.onProbeLost();
  }
  expect(size.probeBytes(0)).toBe(8792);
  size.onProbeSent();
  size.onProbeAcked(8792);
  expect([size.bytes, size.probeBytes(0)]).toEqual([8792, undefined]);
  size.fallBack(1000);
  expect([size.bytes, size.probeBytes(1500)]).toEqual([1200, undefined]);
  size.onCarried(8000);
  expect(size.bytes).toBe(8000);
  size.fallBack(2000);
  expect(size.probeBytes(5000)).toBe(16_384);
});

test("limits: the fifth is left out by whom it does not concern, and bounded by whom it does", () => {
  const bytes = encodeLimits(DEFAULT_LIMITS);
  expect(parseLimits(bytes)).toEqual(DEFAULT_LIMITS);
  const more = encodeLimits({ ...DEFAULT_LIMITS, maxDatagramBytes: 9000 });
  expect(more.length).toBeGreaterThan(bytes.length);
  expect(parseLimits(more).maxDatagramBytes).toBe(9000);
  for (const [said, meant] of [
    [5, 1200],
    [70_000, 65_000],
  ] as const) {
    const odd = Buffer.concat([bytes, encodeLimits({ ...DEFAULT_LIMITS, sessionCreditBytes: said })]);
    expect(parseLimits(odd).maxDatagramBytes).toBe(meant);
  }
});
