import { ByteReader, MAX_VARINT, varintSize, writeVarint } from "../../src/session/varint.ts";
import { errorOf, hex, unhex } from "./vector-bytes.ts";

const values = [
  0,
  1,
  37,
  63,
  64,
  15_293,
  16_383,
  16_384,
  494_878_333,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 48 - 1,
  MAX_VARINT,
];
const longForms = [
  "4000",
  "4025",
  "80000000",
  "80000001",
  "8000003f",
  "c000000000000000",
  "c00000000000003f",
];
const malformed: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["two bytes cut short", "40"],
  ["four bytes cut short", "800000"],
  ["eight bytes cut short", "c0000000000000"],
  ["2^53", "c020000000000000"],
  ["2^62 - 1", "ffffffffffffffff"],
];

/** Whole numbers of variable length. */
export function varintVectors() {
  return {
    about: "Varints (docs/protocol.md, Numbers). A writer uses the shortest form; a reader takes any.",
    cases: values.map((value) => {
      const bytes = new Uint8Array(varintSize(value));
      writeVarint(bytes, 0, value);
      return { value, bytes: hex(bytes) };
    }),
    readOnly: longForms.map((bytes) => ({ bytes, value: new ByteReader(unhex(bytes)).varint() })),
    malformed: malformed.map(([name, bytes]) => ({
      name,
      bytes,
      error: errorOf(() => new ByteReader(unhex(bytes)).varint()),
    })),
  };
}
