import { classify } from "../../src/classify.ts";
import { hex, unhex, utf8 } from "./vector-bytes.ts";

const datagrams: readonly (readonly [string, Uint8Array])[] = [
  ["nothing at all", unhex("")],
  ["the mark alone", unhex("f9")],
  ["the mark and NUL", unhex("f900")],
  ["the lowest type", unhex("f901")],
  ["a HELLO's first bytes", unhex("f9010100")],
  ["a DATA packet of key phase 0", unhex("f910")],
  ["a DATA packet of key phase 1", unhex("f911")],
  ["the highest type", unhex("f91f")],
  ["the mark and a blank", unhex("f920")],
  ["the mark and DEL", unhex("f97f")],
  ["the mark twice", unhex("f9f9")],
  ["ASCII", utf8("online\n")],
  ["Chinese in UTF-8", utf8("你好")],
  ["a UTF-8 byte order mark", unhex("efbbbf68690a")],
  ["Chinese in GBK", unhex("c4e3bac3")],
  ["a GBK character that begins with the mark", unhex("f9a1")],
  ["a type without the mark", unhex("0103")],
];

/** Which dialect a datagram speaks. */
export function classifyVectors() {
  return {
    about: "Dialect of a datagram by its first two bytes (docs/protocol.md, Dialects).",
    cases: datagrams.map(([name, bytes]) => ({ name, datagram: hex(bytes), dialect: classify(bytes) })),
  };
}
