import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanFileName, maxNameBytes } from "../../src/files/file-name.ts";
import { formatSize } from "../../src/files/file-size.ts";

test.each([
  ["photo.png", "photo.png"],
  ["../../etc/passwd", "passwd"],
  ["/etc/shadow", "shadow"],
  ["C:\\Users\\ann\\notes.txt", "notes.txt"],
  ["..", "file"],
  [".", "file"],
  ["/", "file"],
  ["", "file"],
  [".bashrc", "_bashrc"],
  ["-rf", "_rf"],
  ["~root", "_root"],
  ["a\0b.txt", "ab.txt"],
  ["a\u001b[31mb", "a[31mb"],
  ["a\nb\tc", "abc"],
  // What reads as "anexe.png" is a program.
  ["an\u202Egnp.exe", "angnp.exe"],
  ["a\u200Bb", "ab"],
  ["x?.txt ", "x_.txt"],
  ['x*|<>:"y', "x______y"],
  ["trailing...", "trailing"],
  ["nul", "_nul"],
  ["COM1.txt", "_COM1.txt"],
  ["  two  blanks ", "two blanks"],
  ["小明的照片.jpg", "小明的照片.jpg"],
  ["cafe\u0301.txt", "café.txt"],
  ["\ud800x", "\ufffdx"],
])("%j is kept as %j", (raw, clean) => {
  expect(cleanFileName(raw)).toBe(clean);
});

test("a long name keeps its extension, and no character is cut in two", () => {
  const name = cleanFileName(`${"照".repeat(100)}.tar`);
  expect(Buffer.byteLength(name)).toBeLessThanOrEqual(maxNameBytes);
  expect(name).toMatch(/^照+\.tar$/);
});

test("whatever comes, the name is a plain one, and cleaning it again changes nothing", () => {
  const part = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.constantFrom("..", "/", "\\", ".", "-", "~", " ", "\0", "\u202e", "nul", "con.", ".png", "\ud800"),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const name = cleanFileName(parts.join(""));
      expect(name).toMatch(/^[^.\-~ /\\\p{C}][^/\\\p{C}]*$/u);
      expect(name).toMatch(/[^. ]$/);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(maxNameBytes);
      expect(cleanFileName(name)).toBe(name);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [2_100_000, "2.1 MB"],
  [5e15, "5000.0 TB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
