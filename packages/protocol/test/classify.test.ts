import fc from "fast-check";
import { expect, test } from "vitest";
import { classify } from "../src/classify.ts";

test("valid UTF-8 is never a frame", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => classify(new TextEncoder().encode(text)) === "text"),
  );
});

test.each(["gbk", "big5", "shift_jis", "euc-kr"])("no text in %s begins like a frame", (encoding) => {
  const decoder = new TextDecoder(encoding, { fatal: true });
  for (let second = 0x01; second <= 0x1f; second++) {
    const bytes = Uint8Array.of(0xf9, second);
    expect(classify(bytes)).toBe("frame");
    expect(() => decoder.decode(bytes)).toThrow();
  }
});

test.each([[], [0xf9], [0xf9, 0x00], [0xf9, 0x20], [0xf8, 0x01]])("%j is text", (...bytes) => {
  expect(classify(Uint8Array.from(bytes))).toBe("text");
});
