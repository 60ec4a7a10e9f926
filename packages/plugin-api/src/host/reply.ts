import type { Reply, StructuredReply } from "../reply.ts";

/** Unless a command or a mount says otherwise. */
export const defaultTimeoutMs = 30_000;

// A reply is copied a few times on its way; what is longer goes in pieces, at the pace of its reader.
const maxReplyLength = 1024 * 1024;
const maxReceiptLength = 100;

/**
 * What a handler gave back, where it is a reply of at most 1 MiB; a copy, since each reading of a plugin's own object may
 * give something else. @throws {TypeError}
 */
export function checkedReply(value: unknown): Reply {
  if (typeof value === "string") return bounded(value, value.length);
  if (typeof value === "object" && value !== null) {
    const { text, data, status, receipt, stream, bytes } = value as Readonly<Record<string, unknown>>;
    if (typeof text === "string") {
      if (!isStatus(status)) throw new TypeError("the status of a reply is a whole number from 0 to 255");
      const reply = structured(text, data, status);
      const asked = checkedReceipt(receipt);
      return bounded(asked === undefined ? reply : { ...reply, receipt: asked }, text.length);
    }
    if ((stream === "stdout" || stream === "stderr") && bytes instanceof Uint8Array)
      return bounded({ stream, bytes }, bytes.length);
  }
  throw new TypeError(`a handler replied with ${typeof value}, which is no reply`);
}

/** What a plugin gave as a receipt, of something it sends or of an answer. @throws {TypeError} */
export function checkedReceipt(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= maxReceiptLength) return value;
  throw new TypeError(`a receipt is a text of 1 to ${maxReceiptLength} characters`);
}

/** Each shape written out: spreads take five times as long, and every answer comes by here. */
function structured(text: string, data: unknown, status: number | undefined): StructuredReply {
  if (status === undefined) return data === undefined ? { text } : { text, data };
  return data === undefined ? { text, status } : { text, data, status };
}

function isStatus(value: unknown): value is number | undefined {
  return value === undefined || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255);
}

function bounded(reply: Reply, length: number): Reply {
  if (length <= maxReplyLength) return reply;
  throw new TypeError(`a reply has a length of ${length}, more than ${maxReplyLength}; yield it in pieces`);
}

/** The part of a reply that people read. */
export function replyText(reply: Reply): string {
  if (typeof reply === "string") return reply;
  return "stream" in reply ? Buffer.from(reply.bytes).toString() : reply.text;
}
