import { ERROR_NUMBERS, type ErrorCode, PalaverError } from "../errors.ts";
import { ByteReader } from "../session/varint.ts";
import {
  MAX_ARGS_BYTES,
  MAX_COMMAND_BYTES,
  MAX_JSON_BYTES,
  MAX_NOTICE_BYTES,
  MAX_OUTPUT_BYTES,
  MAX_TEXT_BYTES,
  MESSAGE_ID_BYTES,
} from "./bounds.ts";
import { count, decodeText, encodeText, object, oneOf, optional, parseJson, text } from "./field.ts";
import { encodeRecord, recordSize, type WireRecord, writeRecord } from "./record.ts";

/** A piece of standard input for the request that follows; all of it has at most 64 KiB. */
export interface InputMessage {
  readonly type: "in";
  readonly bytes: Uint8Array;
}

/** The last record that a client sends on a request stream. To give up, it resets the stream. */
export interface RequestMessage {
  readonly type: "request";
  /** 16 random bytes. The same id again attaches to the same call: it never runs twice. */
  readonly id: Uint8Array;
  readonly command: string;
  /** The words behind the command's name, as the user wrote them; none holds a NUL. */
  readonly argv: readonly string[];
}

/** How a call ended. */
export interface RequestEnd {
  readonly type: "end";
  /** Exit status of a program. */
  readonly status?: number | undefined;
  /** Missing when all went well. */
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
}

/** What the hub sends on a request stream: any number of replies, then one `end`, then the end of the stream. */
export type ReplyMessage =
  | { readonly type: "out" | "err"; readonly bytes: Uint8Array }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "data"; readonly data: unknown }
  | RequestEnd;

export type RequestStreamMessage = InputMessage | RequestMessage | ReplyMessage;

/** Numbers on the wire. Append, never renumber. */
export const REQUEST_NUMBERS = {
  request: 0x20,
  out: 0x21,
  err: 0x22,
  text: 0x23,
  data: 0x24,
  end: 0x25,
  in: 0x26,
} as const;

const endBody = object<Omit<RequestEnd, "type">>({
  status: optional(count),
  code: optional(oneOf(...(Object.keys(ERROR_NUMBERS) as ErrorCode[]))),
  message: optional(text(MAX_NOTICE_BYTES)),
});

/** Each word ends in a NUL, so that none and one empty word differ. */
function encodeArguments(argv: readonly string[]): Uint8Array {
  if (argv.some((word) => word.includes("\0"))) throw new PalaverError("PROTOCOL", "an argument holds a NUL");
  return encodeText(argv.map((word) => `${word}\0`).join(""), MAX_ARGS_BYTES);
}

function shortText(value: string, maxBytes: number): Uint8Array {
  const bytes = encodeText(value, maxBytes);
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
}

/** Encodes a message for a request stream. Input and output longer than 16 KiB becomes several records. */
export function encodeRequestStream(message: RequestStreamMessage): Uint8Array {
  const number = REQUEST_NUMBERS[message.type];
  switch (message.type) {
    case "request":
      if (message.id.length !== MESSAGE_ID_BYTES)
        throw new PalaverError("PROTOCOL", "a request id has 16 bytes");
      return encodeRecord(
        number,
        message.id,
        shortText(message.command, MAX_COMMAND_BYTES),
        encodeArguments(message.argv),
      );
    case "in":
    case "out":
    case "err":
      return encodeOutput(number, message.bytes);
    case "text":
      return encodeRecord(number, encodeText(message.text, MAX_TEXT_BYTES));
    case "data":
      return encodeRecord(number, encodeText(JSON.stringify(message.data), MAX_JSON_BYTES - 1));
    default:
      return encodeRecord(number, Buffer.from(JSON.stringify(endBody(message))));
  }
}

function encodeOutput(number: number, bytes: Uint8Array): Uint8Array {
  if (bytes.length > 0 && bytes.length <= MAX_OUTPUT_BYTES) return encodeRecord(number, bytes);
  // Straight into one piece of memory, which nobody fills with zeros first: this is what files go through.
  const wholes = Math.floor(bytes.length / MAX_OUTPUT_BYTES);
  const rest = bytes.length - wholes * MAX_OUTPUT_BYTES;
  const records = Buffer.allocUnsafeSlow(
    wholes * recordSize(MAX_OUTPUT_BYTES) + (rest > 0 ? recordSize(rest) : 0),
  );
  let end = 0;
  for (let at = 0; at < bytes.length; at += MAX_OUTPUT_BYTES)
    end = writeRecord(records, end, number, bytes.subarray(at, at + MAX_OUTPUT_BYTES));
  return records;
}

const outputTypes = {
  [REQUEST_NUMBERS.in]: "in",
  [REQUEST_NUMBERS.out]: "out",
  [REQUEST_NUMBERS.err]: "err",
} as const;

/** Input and output are rows of bytes, which need not wait for the end of a record. Throws TOO_LARGE. */
export function isOutput(type: number, bodyBytes: number): boolean {
  if (!Object.hasOwn(outputTypes, type)) return false;
  if (bodyBytes > MAX_OUTPUT_BYTES) throw new PalaverError("TOO_LARGE", "too many bytes in one record");
  return true;
}

/** Decodes a record of a request stream; undefined for a type from a later version. Throws TOO_LARGE or PROTOCOL. */
export function decodeRequestStream(record: WireRecord): RequestStreamMessage | undefined {
  const { type, body } = record;
  switch (type) {
    case REQUEST_NUMBERS.request:
      return decodeRequest(body);
    case REQUEST_NUMBERS.in:
    case REQUEST_NUMBERS.out:
    case REQUEST_NUMBERS.err:
      if (record.isFlowing !== true) isOutput(type, body.length);
      return { type: outputTypes[type], bytes: body };
    case REQUEST_NUMBERS.text:
      if (body.length > MAX_TEXT_BYTES) throw new PalaverError("TOO_LARGE", "a text is too long");
      return { type: "text", text: decodeText(body) };
    case REQUEST_NUMBERS.data:
      return { type: "data", data: parseJson(body, MAX_JSON_BYTES) };
    case REQUEST_NUMBERS.end:
      return { type: "end", ...endBody(parseJson(body, MAX_JSON_BYTES)) };
    default:
      return undefined;
  }
}

function decodeRequest(body: Uint8Array): RequestMessage {
  const reader = new ByteReader(body);
  const id = reader.take(MESSAGE_ID_BYTES);
  const command = takeShortText(reader);
  if (reader.remaining > MAX_ARGS_BYTES) throw new PalaverError("TOO_LARGE", "the arguments are too long");
  const words = decodeText(reader.take(reader.remaining)).split("\0");
  if (words.pop() !== "") throw new PalaverError("PROTOCOL", "an argument is cut off");
  return { type: "request", id, command, argv: words };
}

function takeShortText(reader: ByteReader): string {
  const length = reader.uint8();
  if (length > MAX_COMMAND_BYTES) throw new PalaverError("TOO_LARGE", "a name is too long");
  return decodeText(reader.take(length));
}
