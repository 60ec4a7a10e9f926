import type { Random } from "./random.ts";

const maxBytes = 2048;

// What parsers stumble over: edges of numbers, ends of strings, halves of characters, marks of our own formats.
const bytesOfInterest = [
  0x00, 0x01, 0x7f, 0x80, 0xff, 0xf9, 0xc0, 0x3f, 0x40, 0x0a, 0x0d, 0x20, 0x22, 0x5c, 0x7b,
];
const wordsOfInterest = [
  "\0",
  "\r\n",
  "\u001b[31m",
  "\u202e",
  "\ud83d\ude00",
  "\u0301\u0301\u0301",
  "__proto__",
  "constructor",
  "-1",
  "1e999",
  "9007199254740993",
  "../",
  "{}",
  "[",
  "\"'",
  "\\",
  "=",
  ":",
].map((word) => Buffer.from(word));

/** Another input, made of one or two that are known. */
export function mutate(random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  let bytes = Buffer.from(random.pick(corpus));
  for (let changes = 1 + random.integer(4); changes > 0; changes--) bytes = change(bytes, random, corpus);
  return bytes.subarray(0, maxBytes);
}

function change(bytes: Buffer, random: Random, corpus: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const at = random.integer(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.integer(16));
  const put = (middle: Uint8Array, from = at) =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(from)]);
  switch (random.integer(9)) {
    case 0:
      return put(Buffer.of((bytes[at] ?? 0) ^ (1 << random.integer(8))), at + 1);
    case 1:
      return put(Buffer.of(random.pick(bytesOfInterest)), at + 1);
    case 2:
      return put(Buffer.of(random.integer(256)));
    case 3:
      return put(random.pick(wordsOfInterest));
    case 4:
      return put(Buffer.alloc(0), end);
    case 5:
      return put(bytes.subarray(at, end));
    case 6:
      return Buffer.from(bytes.subarray(0, at));
    case 7: {
      const other = random.pick(corpus);
      return put(other.subarray(random.integer(other.length + 1)));
    }
    default:
      return put(Buffer.alloc(1 + random.integer(64), bytes[at] ?? 0x61));
  }
}
