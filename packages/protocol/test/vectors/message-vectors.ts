import { type ControlMessage, decodeControl, encodeControl } from "../../src/messages/control.ts";
import { createRecordDecoder, type WireRecord } from "../../src/messages/record.ts";
import {
  decodeRequestStream,
  encodeRequestStream,
  type RequestStreamMessage,
} from "../../src/messages/request.ts";
import { decodeRoomStream, encodeRoomStream, type RoomStreamMessage } from "../../src/messages/room.ts";
import { errorOf, hex, jsonOf, labelled, unhex, utf8 } from "./vector-bytes.ts";

const control: readonly ControlMessage[] = [
  { type: "hello", version: 1, client: "palaver 0.1.0" },
  { type: "hello", version: 1, client: "", nick: "小明" },
  {
    type: "welcome",
    version: 1,
    hub: "lab-pc",
    nick: "anna",
    roles: ["operator"],
    commands: [{ name: "tr", usage: "tr WORD", summary: "Translates a word." }],
  },
  { type: "join", room: "lobby" },
  { type: "join", room: "lobby", since: 41 },
  { type: "joined", room: "lobby", stream: 5, seq: 42, members: [{ nick: "anna", state: "online" }, { nick: "~guest2", state: "away" }] }, // prettier-ignore
  { type: "part", room: "lobby" },
  { type: "nick", nick: "anna" },
  { type: "presence", user: "bob", state: "offline", room: "lobby" },
  { type: "presence", user: "bob", state: "online", room: "lobby", nick: "robert" },
  { type: "notice", text: "* The hub is shutting down." },
  { type: "error", code: "FORBIDDEN", message: "You may not join #staff.", about: "join", room: "staff" },
];

const id = labelled("message id", 16);
const request: readonly RequestStreamMessage[] = [
  { type: "request", id, command: "tr", argv: ["apple"] },
  { type: "request", id, command: "who", argv: [] },
  { type: "request", id, command: "run", argv: ["echo", "", "two words", "你好"] },
  { type: "in", bytes: utf8("line\n") },
  { type: "out", bytes: unhex("00ff0a") },
  { type: "err", bytes: utf8("no such file\n") },
  { type: "text", text: "apple: 苹果" },
  { type: "data", data: { seq: 7, list: [1, null, "x"] } },
  { type: "end" },
  { type: "end", status: 0 },
  { type: "end", code: "EXPIRED", message: "The outcome of this request is unknown; it was not run again." },
];

const room: readonly RoomStreamMessage[] = [
  { type: "enter", room: "lobby" },
  { type: "say", id, kind: "say", text: "hello, 世界" },
  { type: "say", id, kind: "action", text: "waves" },
  { type: "stored", id, seq: 300 },
  { type: "message", seq: 1, atMs: 1_800_000_000_123, from: "anna", text: "hello", kind: "say" },
  { type: "message", seq: 16_384, atMs: 0, from: "~guest1", text: "", kind: "notice" },
  { type: "refused", id, text: "You are sending too fast." },
  { type: "act", id, action: "reply", target: 7, text: "me too" },
  { type: "act", id, action: "edit", target: 16_384, text: "hello, 世界" },
  { type: "act", id, action: "delete", target: 8, text: "" },
  { type: "act", id, action: "react", target: 1, text: "👍" },
  { type: "act", id, action: "unreact", target: 1, text: "👍" },
  {
    type: "change",
    seq: 9,
    atMs: 1_800_000_000_123,
    action: "edit",
    target: 8,
    from: "anna",
    text: "hello!",
  },
  {
    type: "change",
    seq: 10,
    atMs: 1_800_000_000_124,
    action: "delete",
    target: 9,
    from: "bob",
    text: "spam",
  },
  { type: "about", seq: 11 },
  { type: "about", seq: 12, replyTo: 8, to: "anna", mentions: ["anna", "~guest1"] },
  { type: "about", seq: 13, editedAtMs: 1_800_000_000_125, deletedAtMs: 1_800_000_000_126 },
  { type: "typing", from: "" },
  { type: "typing", from: "anna" },
];

type StreamKind = "control" | "request" | "room";
const decode: { readonly [K in StreamKind]: (record: WireRecord) => unknown } = {
  control: decodeControl,
  request: decodeRequestStream,
  room: decodeRoomStream,
};

function records(bytes: Uint8Array): WireRecord[] {
  return createRecordDecoder().push(bytes);
}

/** A record as it stands on a stream. */
function record(type: number, body: Uint8Array | string): Uint8Array {
  const bytes = typeof body === "string" ? utf8(body) : body;
  const length = bytes.length + 1;
  const head = length < 64 ? [length] : [0x80 | (length >>> 24), length >>> 16, length >>> 8, length];
  return new Uint8Array(Buffer.concat([Uint8Array.from(head), Uint8Array.of(type), bytes]));
}

const malformed: readonly (readonly [StreamKind, string, Uint8Array])[] = [
  ["control", "a record without a type", unhex("00")],
  ["control", "a record of 64 KiB and 1 byte", unhex("80010001")],
  ["control", "a length of eight bytes", unhex("c000000000000002")],
  ["control", "a body that is not JSON", record(0x03, "{")],
  ["control", "a body that is not UTF-8", record(0x03, unhex("22ff22"))],
  ["control", "a body that is no object", record(0x03, '["lobby"]')],
  ["control", "a join without a room", record(0x03, "{}")],
  ["control", "a join since a fraction", record(0x03, '{"room":"lobby","since":1.5}')],
  ["control", "a join since -1", record(0x03, '{"room":"lobby","since":-1}')],
  ["control", "a room's name of 65 bytes", record(0x03, `{"room":"${"r".repeat(65)}"}`)],
  ["control", "a presence that is no state", record(0x07, '{"user":"bob","state":"asleep"}')],
  ["control", "an error of no known name", record(0x09, '{"code":"OTHER","message":""}')],
  ["request", "a request without its id", record(0x20, unhex("0011"))],
  ["request", "a command's name of 65 bytes", record(0x20, new Uint8Array(Buffer.concat([id, unhex("41"), utf8("c".repeat(65))])))],
  ["request", "an argument without its NUL", record(0x20, new Uint8Array(Buffer.concat([id, unhex("02"), utf8("trapple")])))],
  ["request", "16 KiB and a byte of output", record(0x21, new Uint8Array(16_385))],
  ["request", "a text of 4097 bytes", record(0x23, "t".repeat(4097))],
  ["request", "an end with a status of -1", record(0x25, '{"status":-1}')],
  ["room", "a say cut in its id", record(0x41, unhex("00112233"))],
  ["room", "a text that is not UTF-8", record(0x41, new Uint8Array(Buffer.concat([id, unhex("00ff")])))],
  ["room", "a text of 4097 bytes", record(0x41, new Uint8Array(Buffer.concat([id, unhex("00"), utf8("t".repeat(4097))])))],
  ["room", "an action cut in its target", record(0x45, new Uint8Array(Buffer.concat([id, unhex("0240")])))],
  ["room", "a change by a name of 65 bytes", record(0x46, new Uint8Array(Buffer.concat([unhex("010002014041"), utf8("n".repeat(65))])))],
  ["room", "more about a message without its number", record(0x47, "{}")],
  ["room", "17 mentions", record(0x47, JSON.stringify({ seq: 1, mentions: Array(17).fill("anna") }))],
  ["room", "a typing name of 65 bytes", record(0x48, "n".repeat(65))],
  ["room", "a name of 65 bytes", record(0x43, new Uint8Array(Buffer.concat([unhex("0100004041"), utf8("n".repeat(65))])))],
]; // prettier-ignore

const ignored: readonly (readonly [StreamKind, string, Uint8Array])[] = [
  ["control", "a type from a later version", record(0x1f, "{}")],
  ["request", "a type from a later version", record(0x3f, "")],
  ["room", "a type from a later version", record(0x5f, "")],
];

const lenient: readonly (readonly [StreamKind, string, Uint8Array])[] = [
  ["control", "a field from a later version", record(0x05, '{"room":"lobby","why":"tired"}')],
  ["control", "null for a field that may be missing", record(0x03, '{"room":"lobby","since":null}')],
  [
    "room",
    "a kind from a later version",
    record(0x43, new Uint8Array(Buffer.concat([unhex("01000701"), utf8("xy")]))),
  ],
  [
    "room",
    "an action from a later version",
    record(0x46, new Uint8Array(Buffer.concat([unhex("0100070101"), utf8("xy")]))),
  ],
  ["room", "a field from a later version", record(0x47, '{"seq":1,"colour":"red","to":null}')],
  [
    "room",
    "a length in a longer form than needed",
    new Uint8Array(Buffer.concat([unhex("400640"), utf8("lobby")])),
  ],
];

const caseOf = (stream: StreamKind, bytes: Uint8Array, name?: string) => {
  const [first] = records(bytes);
  if (!first) throw new Error("a vector is no whole record");
  const message = decode[stream](first);
  return {
    ...(name !== undefined && { name }),
    stream,
    record: hex(bytes),
    type: first.type,
    message: jsonOf(message),
  };
};

/** Records of every message. */
export function messageVectors() {
  return {
    about:
      "Records on streams (docs/protocol.md, Messages). `cases` are what a writer makes; the order of keys in a JSON " +
      "body is free. A record of `ignored` is skipped, of `malformed` ends the session with the error.",
    cases: [
      ...control.map((message) => caseOf("control", encodeControl(message))),
      ...request.map((message) => caseOf("request", encodeRequestStream(message))),
      ...room.map((message) => caseOf("room", encodeRoomStream(message))),
    ],
    readOnly: lenient.map(([stream, name, bytes]) => caseOf(stream, bytes, name)),
    ignored: ignored.map(([stream, name, bytes]) => {
      const [first] = records(bytes);
      if (!first || decode[stream](first) !== undefined) throw new Error(`${name} is not ignored`);
      return { stream, name, record: hex(bytes) };
    }),
    malformed: malformed.map(([stream, name, bytes]) => ({
      stream,
      name,
      record: hex(bytes),
      error: errorOf(() => records(bytes).map(decode[stream])),
    })),
  };
}
