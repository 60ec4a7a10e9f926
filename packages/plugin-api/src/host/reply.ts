import type { Reply } from "../reply.ts";

/** Unless a command or a mount says otherwise. */
export const defaultTimeoutMs = 30_000;

// A reply is copied a few times on its way; what is longer goes in pieces, at the pace of its reader.
const maxReplyLength = 1024 * 1024;

/** What a handler gave back, where it is a reply of at most 1 MiB. @throws {TypeError} */
export function checkedReply(value: unknown): Reply {
  if (typeof value === "string") return bounded(value, value.length);
  if (typeof value === "object" && value !== null) {
    if ("text" in value && typeof value.text === "string") return bounded(value as Reply, value.text.length);
    if ("stream" in value && "bytes" in value && value.bytes instanceof Uint8Array) {
      if (value.stream === "stdout" || value.stream === "stderr")
        return bounded(value as Reply, value.bytes.length);
    }
  }
  throw new TypeError(`a handler replied with ${typeof value}, which is no reply`);
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
