import fc from "fast-check";
import { expect, test } from "vitest";

import { ByteReader, MAX_VARINT, varintSize, writeUint48, writeVarint } from "../../src/session/varint.ts";

test.each([
  ["25", 37],
  ["40 25", 37], // a longer form is accepted
  ["7b bd", 15_293],
  ["9d 7f 3e 7d", 494_878_333],
])("%s reads as %d, as in RFC 9000 appendix A.1", (hex, value) => {
  expect(new ByteReader(Buffer.from(hex.replaceAll(" ", ""), "hex")).varint()).toBe(value);
});

test("a value comes back in the size that was announced", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const bytes = new Uint8Array(8);
      const end = writeVarint(bytes, 0, value);
      expect(end).toBe(varintSize(value));
      const reader = new ByteReader(bytes.subarray(0, end));
      expect(reader.varint()).toBe(value);
      expect(reader.remaining).toBe(0);
    }),
  );
});

test.each([63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, 2 ** 32, MAX_VARINT])(
  "the edge %d comes back",
  (value) => {
    const bytes = new Uint8Array(8);
    writeVarint(bytes, 0, value);
    expect(new ByteReader(bytes).varint()).toBe(value);
  },
);

test("a value beyond 2^53 - 1 and bytes that end too early are refused", () => {
  const refused = expect.objectContaining({ code: "PROTOCOL" });
  expect(() => new ByteReader(Buffer.from("ffffffffffffffff", "hex")).varint()).toThrow(refused);
  expect(() => new ByteReader(Buffer.from("c0200000000000", "hex")).varint()).toThrow(refused);
  expect(() => new ByteReader(Buffer.from("40", "hex")).varint()).toThrow(refused);
  expect(() => new ByteReader(new Uint8Array(3)).take(4)).toThrow(refused);
});

test("48-bit numbers come back", () => {
  for (const value of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1]) {
    const bytes = new Uint8Array(6);
    writeUint48(bytes, 0, value);
    expect(new ByteReader(bytes).uint48()).toBe(value);
  }
});
