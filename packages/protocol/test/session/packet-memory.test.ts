import { expect, test } from "vitest";

import { PacketMemory, release, releaseAtEnd } from "../../src/session/packet-memory.ts";
import { SendStream } from "../../src/session/send-stream.ts";

test("packets share one piece of memory, and use it again after a reset; what does not fit gets its own", () => {
  const memory = new PacketMemory();
  const first = memory.take(1000);
  const second = memory.take(65_000);
  expect(second.buffer).toBe(first.buffer);
  expect(second.byteOffset).toBeGreaterThanOrEqual(first.byteOffset + 1000);
  const large = memory.take(1 << 20);
  expect([large.length, large.buffer === first.buffer]).toEqual([1 << 20, false]);
  memory.reset();
  expect(memory.take(1000).byteOffset).toBe(first.byteOffset);
});

test("large memory is given back at once; small memory, and what shares a buffer, is left alone", () => {
  const own = new Uint8Array(20_000);
  release(own);
  expect(own.length).toBe(0);
  const whole = new Uint8Array(65_536);
  const [small, half] = [new Uint8Array(100), whole.subarray(0, 30_000)];
  release(small);
  release(half);
  expect([small.length, half.length]).toEqual([100, 30_000]);
  releaseAtEnd(whole.subarray(0, 65_535));
  expect(whole.length).toBe(65_536);
  releaseAtEnd(whole.subarray(65_000));
  expect(whole.length).toBe(0);
});

test("a buffer that was given in two parts goes when the last of it is acknowledged, and not before", () => {
  const stream = new SendStream(2, 1 << 20);
  const given = new Uint8Array(40_000).fill(7);
  const shared = new Uint8Array(40_000).fill(8);
  stream.write(given.subarray(0, 30_000), "given");
  stream.write(given.subarray(30_000), "given");
  stream.write(shared, "shared");
  for (let segment = stream.take(20_000, 1 << 20); segment; segment = stream.take(20_000, 1 << 20)) {
    const bytes = new Uint8Array(segment.length);
    stream.copyTo(bytes, segment.offset);
    expect(bytes.every((byte) => byte === (segment.offset < 40_000 ? 7 : 8))).toBe(true);
    expect(given.length).toBe(segment.offset < 40_000 ? 40_000 : 0);
    stream.onAcked(segment);
  }
  expect([given.length, shared.length, stream.bufferedBytes]).toEqual([0, 40_000, 0]);
});
