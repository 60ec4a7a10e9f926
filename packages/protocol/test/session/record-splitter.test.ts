import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrameRecord } from "../../src/session/record-splitter.ts";
import { recordsOf } from "../records-of.ts";

function split(chunks: readonly Uint8Array[]): string[] {
  return recordsOf(chunks).map(({ dialect, bytes }) => `${dialect} ${Buffer.from(bytes).toString("latin1")}`);
}

function cut(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

function packet(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([0xf9, 0x10]);
  return bytes;
}

const line = fc
  .stringMatching(/^[a-z ]{0,30}$/)
  .map((text) => ({ wire: Buffer.from(`${text}\n`), shown: `text ${text}` }));
const frameOf = (bytes: Uint8Array) => ({
  wire: Buffer.from(encodeFrameRecord(bytes)),
  shown: `frame ${Buffer.from(bytes).toString("latin1")}`,
});
const frame = fc
  .uint8Array({ minLength: 1, maxLength: 1199 })
  .map((rest) => frameOf(Uint8Array.of(0xf9, ...rest)));
/** Not the first. */
const largeFrame = fc
  .tuple(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 1201, max: 65_000 }), fc.integer())
  .map(([type, length, seed]) => {
    const bytes = new Uint8Array(length).map((_, index) => Math.imul(index, seed) >>> 24);
    bytes.set([0xf9, type]);
    return frameOf(bytes);
  });

test("lines and frames are found however the stream is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(line, frame), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 30 }),
      (records, sizes) => {
        const stream = Buffer.concat(records.map(({ wire }) => wire));
        expect(split(cut(stream, sizes))).toEqual(records.map(({ shown }) => shown));
      },
    ),
  );
});

test("frames of up to 65,000 bytes are found after a frame, and lines behind them, however the stream is cut", () => {
  fc.assert(
    fc.property(
      frame,
      fc.array(fc.oneof(line, frame, largeFrame), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 30 }),
      (first, more, sizes) => {
        const records = [first, ...more];
        const stream = Buffer.concat(records.map(({ wire }) => wire));
        expect(split(cut(stream, sizes))).toEqual(records.map(({ shown }) => shown));
      },
    ),
  );
});

test("a frame of 65,000 bytes, a byte at a time", () => {
  const [first, large] = [frameOf(Uint8Array.of(0xf9, 0x10)), frameOf(packet(65_000))];
  const records = split([first.wire, ...cut(large.wire, [1])]);
  expect(records).toEqual([first.shown, large.shown]);
  expect(() => encodeFrameRecord(packet(65_001))).toThrow("wrong size");
});

test("a large frame is none where no frame came before, and one when lines came since", () => {
  const large = encodeFrameRecord(packet(1201));
  expect(split([large, Buffer.from("\nnext\n")])).toEqual([
    expect.stringContaining("text \u0004\u00b1\u00f9\u0010"),
    "text next",
  ]);
  const behindLine = [encodeFrameRecord(packet(40)), Buffer.from("line\n"), large, Buffer.from("next\n")];
  expect(split(behindLine).map((record) => record.slice(0, 9))).toEqual([
    "frame \u00f9\u0010\u0000",
    "text line",
    "frame \u00f9\u0010\u0000",
    "text next",
  ]);
});

test("lines of a large chunk are theirs, and the last one goes on in the next", () => {
  const lines = Array.from({ length: 4000 }, (_, number) => String(number));
  const stream = Buffer.from(`${lines.join("\n")}\n`);
  expect(split(cut(stream, [9000]))).toEqual(lines.map((text) => `text ${text}`));
});

test("a last line without its end is a line when the stream ends", () => {
  expect(split([Buffer.from("one\ntwo")])).toEqual(["text one", "text two"]);
});

test("of an endless line only its start is kept, and the next one is whole", () => {
  const chunks = [...Array.from({ length: 1000 }, () => Buffer.alloc(1000, "x")), Buffer.from("\nnext\n")];
  expect(split(chunks)).toEqual([`text ${"x".repeat(1001)}`, "text next"]);
});

test("the NULs of textbook clients are skipped, and lines behind them found", () => {
  expect(split([Buffer.from("apple\n\0pear\n\0"), Buffer.from("plum\n")])).toEqual([
    "text apple",
    "text pear",
    "text plum",
  ]);
  const buffer = Buffer.alloc(1024);
  buffer.write("apple\n");
  expect(split([buffer, buffer])).toEqual(["text apple", "text apple"]);
});

test("a length that no frame has begins a line", () => {
  expect(split([Buffer.from([0x04, 0xb1, 0xf9, 0x10]), Buffer.from("\nnext\n")])).toEqual([
    "text \u0004\u00b1\u00f9\u0010",
    "text next",
  ]);
});
