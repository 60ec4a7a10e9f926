import fc from "fast-check";
import { expect, test } from "vitest";

import { type Frame, FrameWriter, readFrame } from "../../src/session/frame.ts";
import { ByteReader } from "../../src/session/varint.ts";

function roundTrip(write: (writer: FrameWriter) => void): Frame {
  const writer = new FrameWriter(new Uint8Array(1168));
  write(writer);
  const reader = new ByteReader(writer.written());
  const frame = readFrame(reader);
  expect(reader.remaining).toBe(0);
  return frame;
}

const number = fc.maxSafeNat();

test("stream, credit and reset frames come back", () => {
  fc.assert(
    fc.property(
      number,
      number,
      fc.uint8Array({ maxLength: 1000 }),
      fc.boolean(),
      (id, offset, bytes, isLast) => {
        expect(roundTrip((writer) => writer.stream(id, offset, bytes.length, isLast).set(bytes))).toEqual({
          type: "stream",
          id,
          offset,
          bytes,
          isLast,
        });
        expect(roundTrip((writer) => writer.reset(id, 8, offset))).toEqual({
          type: "reset",
          id,
          code: 8,
          finalSize: offset,
        });
        expect(roundTrip((writer) => writer.maxData(offset))).toEqual({ type: "maxData", maximum: offset });
        expect(roundTrip((writer) => writer.maxStream(id, offset))).toEqual({
          type: "maxStream",
          id,
          maximum: offset,
        });
      },
    ),
  );
});

test("small frames come back", () => {
  const token = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  expect(roundTrip((writer) => writer.ping())).toEqual({ type: "ping" });
  expect(roundTrip((writer) => writer.dgram(token))).toEqual({ type: "dgram", bytes: token });
  expect(roundTrip((writer) => writer.pathChallenge(token))).toEqual({ type: "pathChallenge", token });
  expect(roundTrip((writer) => writer.pathResponse(token))).toEqual({ type: "pathResponse", token });
  expect(readFrame(new ByteReader(Uint8Array.of(0)))).toEqual({ type: "pad" });
});

test("a CLOSE says at most 64 bytes and cuts no character in two", () => {
  expect(roundTrip((writer) => writer.close(12, "é".repeat(40)))).toEqual({
    type: "close",
    code: 12,
    text: "é".repeat(32),
  });
  expect(roundTrip((writer) => writer.close(12, `x${"é".repeat(40)}`))).toEqual({
    type: "close",
    code: 12,
    text: `x${"é".repeat(31)}`,
  });
});

const ranges = fc
  .array(fc.tuple(fc.integer({ min: 2, max: 1000 }), fc.integer({ min: 0, max: 1000 })), {
    minLength: 1,
    maxLength: 32,
  })
  .map((steps) => {
    let first = 100_000;
    return steps.map(([gap, length]) => {
      const last = first - gap;
      first = last - length;
      return [first, last] as const;
    });
  });

test("ACK ranges come back, highest first", () => {
  fc.assert(
    fc.property(ranges, fc.integer({ min: 0, max: 1000 }), (list, delay) => {
      expect(roundTrip((writer) => expect(writer.ack(list, delay / 8)).toBe(true))).toEqual({
        type: "ack",
        delayMs: delay / 8,
        ranges: list,
      });
    }),
  );
});

test("an ACK with little room keeps the newest ranges, and none without room", () => {
  const list = Array.from({ length: 32 }, (_unused, i) => [10_000 - 20 * i, 10_005 - 20 * i] as const);
  const writer = new FrameWriter(new Uint8Array(60));
  expect(writer.ack(list, 0)).toBe(true);
  const frame = readFrame(new ByteReader(writer.written()));
  expect(frame.type === "ack" && frame.ranges.length).toBeGreaterThan(2);
  expect(frame.type === "ack" && frame.ranges[0]).toEqual([10_000, 10_005]);
  expect(new FrameWriter(new Uint8Array(31)).ack(list, 0)).toBe(false);
});

test("any bytes are frames or refused with PROTOCOL", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), (bytes) => {
      const reader = new ByteReader(bytes);
      try {
        while (reader.remaining > 0) readFrame(reader);
      } catch (error) {
        expect((error as { code?: string }).code).toBe("PROTOCOL");
      }
    }),
    { numRuns: 2000 },
  );
});
