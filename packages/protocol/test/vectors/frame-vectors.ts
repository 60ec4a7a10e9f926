import { type Frame, FrameWriter, readFrame } from "../../src/session/frame.ts";
import { MAX_PAYLOAD_BYTES } from "../../src/session/limits.ts";
import { ByteReader, MAX_VARINT } from "../../src/session/varint.ts";
import { errorOf, hex, jsonOf, labelled, unhex, utf8 } from "./vector-bytes.ts";

type Write = (writer: FrameWriter) => void;

const stream =
  (id: number, offset: number, bytes: Uint8Array, isLast: boolean): Write =>
  (writer) =>
    writer.stream(id, offset, bytes.length, isLast).set(bytes);
const token = labelled("path challenge", 8);
const everySecond = Array.from({ length: 32 }, (_, i): [number, number] => [1000 - 2 * i, 1000 - 2 * i]);

const written: readonly (readonly [string, Write])[] = [
  ["PING", (writer) => writer.ping()],
  ["ACK of packet 0", (writer) => writer.ack([[0, 0]], 0)],
  ["ACK of one range, 25 ms late", (writer) => writer.ack([[3, 70]], 25)],
  ["ACK of three ranges", (writer) => writer.ack([[95, 100], [90, 93], [0, 88]], 1.5)], // prettier-ignore
  ["ACK of large numbers", (writer) => writer.ack([[2 ** 40, 2 ** 40 + 5]], 60_000)],
  ["ACK of 32 ranges", (writer) => writer.ack(everySecond, 0)],
  ["STREAM, the first bytes of the control stream", stream(0, 0, utf8("hi"), false)],
  ["STREAM without bytes", stream(2, 0, utf8(""), false)],
  ["STREAM with the end", stream(10, 300, utf8("the end"), true)],
  ["STREAM with nothing but the end", stream(5, 16_384, utf8(""), true)],
  ["STREAM far into a stream", stream(1029, 2 ** 40, unhex("00ff"), false)],
  ["STREAM of a whole packet", stream(2, 0, new Uint8Array(MAX_PAYLOAD_BYTES - 5).fill(0x61), false)],
  ["RESET", (writer) => writer.reset(2, 5, 1000)],
  ["MAX_DATA", (writer) => writer.maxData(2 ** 20)],
  ["MAX_DATA at its largest", (writer) => writer.maxData(MAX_VARINT)],
  ["MAX_STREAM", (writer) => writer.maxStream(5, 2 ** 18)],
  ["DGRAM", (writer) => writer.dgram(utf8("typing"))],
  ["DGRAM of nothing", (writer) => writer.dgram(utf8(""))],
  ["DGRAM of 1000 bytes", (writer) => writer.dgram(new Uint8Array(1000).fill(0x62))],
  ["PATH_CHALLENGE", (writer) => writer.pathChallenge(token)],
  ["PATH_RESPONSE", (writer) => writer.pathResponse(token)],
  ["CLOSE without a text", (writer) => writer.close(1, "")],
  ["CLOSE with a text", (writer) => writer.close(12, "the hub is shutting down")],
  [
    "CLOSE with a text cut at 64 bytes, between two characters",
    (writer) => writer.close(2, "再见".repeat(20)),
  ],
  ["several frames", (writer) => { writer.ack([[0, 1]], 0); stream(2, 0, utf8("x"), true)(writer); writer.ping(); }], // prettier-ignore
];

const readOnly: readonly (readonly [string, string])[] = [
  ["PAD", "00"],
  ["PAD twice, then PING", "000001"],
  ["PING twice", "0101"],
  ["STREAM with numbers in long forms", "0340028000000040024142"],
  ["CLOSE with a number of no known error", "0b407b00"],
];

const malformed: readonly (readonly [string, string])[] = [
  ["an unknown type", "0c"],
  ["the highest type", "ff"],
  ["ACK without anything", "02"],
  ["ACK without its first range", "02050000"],
  ["ACK that begins below zero", "0205000006"],
  ["ACK whose second range reaches below zero", "020a0001030105"],
  ["ACK whose gap reaches below zero", "020a0001020800"],
  ["ACK of 33 ranges", "0243e80020"],
  ["STREAM cut in its data", "0302000548"],
  ["STREAM that says 2^53 - 1 bytes", "030200c01fffffffffffff"],
  ["STREAM with an id of 2^53", "03c0200000000000000000"],
  ["RESET cut short", "050205"],
  ["MAX_DATA without a value", "06"],
  ["MAX_STREAM without a value", "0705"],
  ["DGRAM cut in its data", "080541"],
  ["PATH_CHALLENGE of 7 bytes", "0901020304050607"],
  ["PATH_RESPONSE of 7 bytes", "0a01020304050607"],
  ["CLOSE with 65 bytes of text", `0b014041${"61".repeat(65)}`],
  ["CLOSE cut in its text", "0b01056162"],
  ["a good frame, then an unknown one", "010c"],
];

function readAll(payload: Uint8Array): Frame[] {
  const reader = new ByteReader(payload);
  const frames: Frame[] = [];
  while (reader.remaining > 0) frames.push(readFrame(reader));
  return frames;
}

function caseOf(name: string, payload: Uint8Array) {
  return { name, payload: hex(payload), frames: jsonOf(readAll(payload)) };
}

/** Frames of every type, as the payload of a DATA packet holds them. */
export function frameVectors() {
  return {
    about:
      "Payloads of DATA packets (docs/protocol.md, Frames). `cases` are also what a writer makes of these frames; " +
      "`readOnly` payloads are only read. Delays are in milliseconds, ranges [first, last], highest first.",
    cases: written.map(([name, write]) => {
      const writer = new FrameWriter(new Uint8Array(MAX_PAYLOAD_BYTES));
      write(writer);
      return caseOf(name, writer.written());
    }),
    readOnly: readOnly.map(([name, payload]) => caseOf(name, unhex(payload))),
    malformed: malformed.map(([name, payload]) => ({
      name,
      payload,
      error: errorOf(() => readAll(unhex(payload))),
    })),
  };
}
