import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText } from "../../src/text/decode.ts";

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

describe("what textbook clients send", () => {
  test("nc: the line end does not count", () => {
    expect(decodeText(bytes("apple\n"))).toEqual({ text: "apple" });
    expect(decodeText(bytes("apple\r\n"))).toEqual({ text: "apple" });
  });

  test("C strlen and strlen + 1: the NUL does not count", () => {
    expect(decodeText(bytes("apple"))).toEqual({ text: "apple" });
    expect(decodeText(bytes("apple", [0]))).toEqual({ text: "apple" });
  });

  test("C++ sizeof(std::string): rubbish behind the NUL is not looked at", () => {
    expect(decodeText(bytes("apple", [0, 0xff, 0xfe, 0x80], "x".repeat(22)))).toEqual({ text: "apple" });
  });

  test("C fgets and sizeof(line): 1024 bytes with a line end, a NUL and rubbish", () => {
    const line = Buffer.alloc(1024, 0xcc);
    line.write("apple\n\0");
    expect(decodeText(line)).toEqual({ text: "apple" });
  });

  test("GBK is text only where the operator says so", () => {
    const gbk = Uint8Array.of(0xc4, 0xe3, 0xba, 0xc3);
    expect(decodeText(gbk)).toEqual({ refused: "encoding" });
    expect(decodeText(gbk, "gb18030")).toEqual({ text: "你好" });
    expect(decodeText(bytes("你好"), "gb18030")).toEqual({ text: "你好" });
  });
});

test("nothing but blanks and line ends is empty", () => {
  for (const empty of ["", "\n", "\r\n", "  \t\n", "\0apple"]) {
    expect(decodeText(bytes(empty))).toEqual({ refused: "empty" });
  }
});

test("1000 bytes of text are taken, 1001 are not", () => {
  expect(decodeText(bytes("x".repeat(1000), "\n"))).toEqual({ text: "x".repeat(1000) });
  expect(decodeText(bytes("x".repeat(1001)))).toEqual({ refused: "too long" });
});

test.each([
  ["overlong", [0xc0, 0xaf]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["cut off", [0xe4, 0xbd]],
])("%s UTF-8 is refused", (_name, malformed) => {
  expect(decodeText(Uint8Array.from(malformed))).toEqual({ refused: "encoding" });
});

test("any bytes: no throw, and text comes out without NUL or blanks around it", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 1300 }),
      fc.constantFrom("utf-8" as const, "gb18030" as const),
      (input, encoding) => {
        const decoded = decodeText(input, encoding);
        if ("text" in decoded) {
          expect(decoded.text).not.toContain("\0");
          expect(decoded.text).toBe(decoded.text.trim());
          expect(decoded.text).not.toBe("");
        }
      },
    ),
  );
});
