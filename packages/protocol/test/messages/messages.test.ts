import fc from "fast-check";
import { expect, test } from "vitest";

import {
  type ControlMessage,
  createRecordDecoder,
  decodeControl,
  decodeRequestStream,
  decodeRoomStream,
  encodeControl,
  encodeRequestStream,
  encodeRoomStream,
  isOutput,
  type RequestStreamMessage,
  type RoomStreamMessage,
  type WireRecord,
} from "../../src/messages/index.ts";
import { MAX_RECORD_BYTES, encodeRecord } from "../../src/messages/record.ts";

const ID = Uint8Array.from({ length: 16 }, (_unused, i) => i);

function only(bytes: Uint8Array): WireRecord {
  const records = createRecordDecoder().push(bytes);
  expect(records).toHaveLength(1);
  return records[0] as WireRecord;
}

const CONTROL: ControlMessage[] = [
  { type: "hello", version: 1, client: "palaver/0.1.0", nick: "ana" },
  { type: "hello", version: 1, client: "bot" },
  {
    type: "welcome",
    version: 1,
    hub: "home",
    nick: "ana",
    roles: ["admin"],
    commands: [{ name: "tr", usage: "tr <word>", summary: "translate" }],
  },
  { type: "join", room: "lobby", since: 41 },
  {
    type: "joined",
    room: "lobby",
    stream: 5,
    seq: 42,
    members: [{ nick: "ana", state: "online" }],
  },
  { type: "part", room: "lobby" },
  { type: "nick", nick: "ann" },
  { type: "presence", user: "ana", state: "away", room: "lobby", nick: "ann" },
  { type: "notice", text: "déjà vu" },
  { type: "error", code: "FORBIDDEN", message: "not for guests", about: "join", room: "staff" },
];

const REQUESTS: RequestStreamMessage[] = [
  { type: "request", id: ID, command: "run", argv: ["uptime", "", "two words"] },
  { type: "request", id: ID, command: "date", argv: [] },
  { type: "out", bytes: Uint8Array.of(0, 255) },
  { type: "err", bytes: Uint8Array.of(1) },
  { type: "text", text: "苹果" },
  { type: "data", data: { word: "apple", senses: [1, 2] } },
  { type: "end", status: 0 },
  { type: "end", code: "TIMEOUT", message: "after 10 s" },
];

const ROOMS: RoomStreamMessage[] = [
  { type: "enter", room: "lobby" },
  { type: "say", id: ID, kind: "action", text: "waves" },
  { type: "stored", id: ID, seq: 2 ** 40 },
  { type: "refused", id: ID, text: "the disk is full" },
  { type: "message", seq: 7, atMs: 1_795_000_000_000, from: "ana", text: "hi 👋", kind: "say" },
];

test.each(CONTROL)("a control message comes back as it was: %o", (message) => {
  expect(decodeControl(only(encodeControl(message)))).toEqual(message);
});

test.each(REQUESTS)("a request stream message comes back as it was: %o", (message) => {
  expect(decodeRequestStream(only(encodeRequestStream(message)))).toEqual(message);
});

test.each(ROOMS)("a room stream message comes back as it was: %o", (message) => {
  expect(decodeRoomStream(only(encodeRoomStream(message)))).toEqual(message);
});

test("a type from a later version is skipped, not refused", () => {
  const record = only(encodeRecord(0x7f, ID));
  expect(decodeControl(record)).toBeUndefined();
  expect(decodeRequestStream(record)).toBeUndefined();
  expect(decodeRoomStream(record)).toBeUndefined();
});

test("a field from a later version is dropped and a missing one is refused", () => {
  const later = encodeRecord(0x06, Buffer.from('{"nick":"ana","mood":"fine"}'));
  expect(decodeControl(only(later))).toEqual({ type: "nick", nick: "ana" });
  expect(() => decodeControl(only(encodeRecord(0x06, Buffer.from("{}"))))).toThrow(
    expect.objectContaining({ code: "PROTOCOL" }),
  );
  // An inherited field is not a field.
  expect(() => decodeControl(only(encodeRecord(0x06, Buffer.from("[]"))))).toThrow(
    expect.objectContaining({ code: "PROTOCOL" }),
  );
});

test("what is too long is refused on both sides", () => {
  const tooLong = { code: "TOO_LARGE" };
  expect(() => encodeControl({ type: "nick", nick: "x".repeat(65) })).toThrow(
    expect.objectContaining(tooLong),
  );
  const forged = encodeRecord(0x06, Buffer.from(JSON.stringify({ nick: "x".repeat(65) })));
  expect(() => decodeControl(only(forged))).toThrow(expect.objectContaining(tooLong));
  expect(() => encodeRoomStream({ type: "say", id: ID, kind: "say", text: "x".repeat(4097) })).toThrow(
    expect.objectContaining(tooLong),
  );
  const said = encodeRecord(0x41, ID, Uint8Array.of(0), Buffer.alloc(4097, "x"));
  expect(() => decodeRoomStream(only(said))).toThrow(expect.objectContaining(tooLong));
  expect(() => encodeRecord(1, new Uint8Array(MAX_RECORD_BYTES))).toThrow(expect.objectContaining(tooLong));
});

test("text that is not UTF-8 is refused", () => {
  const said = encodeRecord(0x41, ID, Uint8Array.of(0, 0xff, 0xfe));
  expect(() => decodeRoomStream(only(said))).toThrow(expect.objectContaining({ code: "PROTOCOL" }));
});

test("long output becomes several records", () => {
  const bytes = Buffer.alloc(40_000, "y");
  const records = createRecordDecoder().push(encodeRequestStream({ type: "out", bytes }));
  expect(records.map((record) => record.body.length)).toEqual([16_384, 16_384, 7232]);
});

test("records survive any cutting of the stream", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 })), {
        maxLength: 20,
      }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
      (records, cuts) => {
        const stream = Buffer.concat(records.map(([type, body]) => encodeRecord(type, body)));
        const decoder = createRecordDecoder();
        const got: WireRecord[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] as number;
          got.push(...decoder.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(decoder.isAtBoundary).toBe(true);
        expect(got.map(({ type, body }) => [type, [...body]])).toEqual(
          records.map(([type, body]) => [type, [...body]]),
        );
      },
    ),
  );
});

test("output comes as it arrives, what is together in one piece, and other records between stay where they are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("out", "err", "text"), fc.string({ minLength: 1, maxLength: 300 })), {
        maxLength: 20,
      }),
      fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }),
      (messages, cuts) => {
        const encoded = messages.map(([type, text]) =>
          type === "text"
            ? encodeRequestStream({ type, text })
            : encodeRequestStream({ type, bytes: Buffer.from(text) }),
        );
        const stream = Buffer.concat(encoded);
        const decoder = createRecordDecoder(isOutput);
        const got: string[] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] as number;
          const records = decoder.push(new Uint8Array(stream.subarray(at, at + size)));
          for (const record of records) {
            const message = decodeRequestStream(record) as RequestStreamMessage;
            const bytes =
              "bytes" in message ? message.bytes : Buffer.from((message as { text: string }).text);
            got.push(`${message.type} ${Buffer.from(bytes).toString("hex")}`);
          }
          at += size;
        }
        expect(decoder.isAtBoundary).toBe(true);
        expect(joined(got)).toEqual(
          joined(messages.map(([type, text]) => `${type} ${Buffer.from(text).toString("hex")}`)),
        );
      },
    ),
  );
});

/** Rows of output as one, since nobody is promised where they are cut. */
function joined(messages: readonly string[]): string[] {
  const rows: string[] = [];
  for (const message of messages) {
    const [type = "", hex = ""] = message.split(" ");
    if (type !== "text" && rows.at(-1)?.startsWith(`${type} `)) rows.push(`${rows.pop()}${hex}`);
    else rows.push(message);
  }
  return rows;
}

test("64 KiB of output in one chunk are one piece, and more than 16 KiB in one record are refused", () => {
  const bytes = Buffer.alloc(65_536, "0123456789");
  const [record, ...more] = createRecordDecoder(isOutput).push(encodeRequestStream({ type: "out", bytes }));
  expect(more).toEqual([]);
  expect(bytes.equals(record?.body as Uint8Array)).toBe(true);
  const tooLong = encodeRecord(0x21, new Uint8Array(16_385));
  expect(() => createRecordDecoder(isOutput).push(tooLong.subarray(0, 10))).toThrow(
    expect.objectContaining({ code: "TOO_LARGE" }),
  );
});

test("a record that claims too much is refused before its bytes arrive", () => {
  expect(() => createRecordDecoder().push(Uint8Array.of(0x80, 0x01, 0x00, 0x01))).toThrow(
    expect.objectContaining({ code: "TOO_LARGE" }),
  );
  expect(() => createRecordDecoder().push(Uint8Array.of(0xff))).toThrow(
    expect.objectContaining({ code: "TOO_LARGE" }),
  );
  expect(() => createRecordDecoder().push(Uint8Array.of(0))).toThrow(
    expect.objectContaining({ code: "PROTOCOL" }),
  );
});

test.each([undefined, isOutput])(
  "any bytes are decoded or refused with an error of the table, %o",
  (flows) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const record of createRecordDecoder(flows).push(bytes)) {
            decodeControl(record);
            decodeRequestStream(record);
            decodeRoomStream(record);
          }
        } catch (error) {
          expect(["TOO_LARGE", "PROTOCOL"]).toContain((error as { code?: string }).code);
        }
      }),
    );
  },
);
