import { encodeFrameRecord } from "../../src/session/record-splitter.ts";
import { decodeText } from "../../src/text/decode.ts";
import { recordsOf } from "../records-of.ts";
import { hex, unhex, utf8 } from "./vector-bytes.ts";

const padded = (text: string, size: number, filler: number): Uint8Array => {
  const bytes = new Uint8Array(size).fill(filler);
  bytes.set(utf8(text));
  return bytes;
};

const datagrams: readonly (readonly [string, Uint8Array])[] = [
  ["nc -u: text and LF", utf8("tr apple\n")],
  ["Windows: text and CR LF", utf8("tr apple\r\n")],
  ["C, strlen(s)", utf8("tr apple")],
  ["C, strlen(s) + 1", utf8("tr apple\0")],
  ["C++, sizeof(std::string): rubbish behind the NUL", padded("online\0", 32, 0xfe)],
  ["C, fgets and sizeof(line)", padded("who\n\0", 1024, 0xcc)],
  ["blanks around", utf8("  hello there \t\n")],
  ["Chinese", utf8("你好，世界\n")],
  ["1000 bytes", utf8("a".repeat(1000))],
  ["1000 bytes and a line end", utf8(`${"a".repeat(1000)}\r\n`)],
  ["1001 bytes", utf8("a".repeat(1001))],
  ["nothing", utf8("")],
  ["a line end alone", utf8("\r\n")],
  ["a NUL first", utf8("\0online")],
  ["not UTF-8", unhex("c4e3bac3")],
  ["an overlong form", unhex("c0af")],
  ["a surrogate", unhex("eda080")],
  ["cut in the middle of a character", unhex("e4bd")],
];

const frame = (size: number): Uint8Array => new Uint8Array(size).fill(0xf9);
const packet = (size: number): Uint8Array => frame(size).fill(0x10, 1, 2);
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const connections: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ["a line", [utf8("online\n")]],
  ["two lines in one chunk", [utf8("online\nwho\n")]],
  ["a line in two chunks", [utf8("onl"), utf8("ine\n")]],
  ["a line that ends with the connection", [utf8("online")]],
  ["a frame", [encodeFrameRecord(unhex("f910aabb"))]],
  ["a frame between two lines", [join(utf8("a\n"), encodeFrameRecord(unhex("f911")), utf8("b\n"))]],
  [
    "a frame, a byte at a time",
    Array.from(encodeFrameRecord(unhex("f91001")), (byte) => Uint8Array.of(byte)),
  ],
  ["the largest frame that is first", [encodeFrameRecord(frame(1200))]],
  [
    "larger frames after one",
    [join(encodeFrameRecord(frame(32)), encodeFrameRecord(packet(1201)), encodeFrameRecord(packet(4000)))],
  ],
  ["a larger one that is first is a line", [join(encodeFrameRecord(packet(1201)), utf8("\nnext\n"))]],
  [
    "lines after a frame that begin like larger ones, and a larger one after them",
    [
      join(
        encodeFrameRecord(frame(32)),
        utf8("a\n"),
        unhex("6162f97a0a"),
        utf8("b\n"),
        encodeFrameRecord(packet(1500)),
      ),
    ],
  ],
  ["a frame that the connection cut off", [unhex("0004f910")]],
  ["NULs of textbook clients", [utf8("apple\n\0pear\n\0\0\0plum\n\0")]],
  ["a length that no frame has begins a line", [join(unhex("04b1f910"), utf8("\nnext\n"))]],
  ["a line of 1001 bytes and more, cut and skipped", [utf8(`${"x".repeat(1500)}\nnext\n`)]],
];

function split(chunks: readonly Uint8Array[]) {
  return recordsOf(chunks).map(({ dialect, bytes }) => ({ dialect, bytes: hex(bytes) }));
}

/** Text in datagrams, and records of a TCP connection. */
export function textVectors() {
  return {
    about:
      "Text of a datagram, and the records of a TCP connection (docs/protocol.md, Text dialect and TCP).",
    datagrams: datagrams.map(([name, bytes]) => ({ name, datagram: hex(bytes), ...decodeText(bytes) })),
    connections: connections.map(([name, chunks]) => ({
      name,
      chunks: chunks.map(hex),
      records: split(chunks),
    })),
  };
}
