import type { Reply } from "../reply.ts";

/** Unless a command or a mount says otherwise. */
export const defaultTimeoutMs = 30_000;

/** What a handler gave back, where it is a reply. @throws {TypeError} */
export function checkedReply(value: unknown): Reply {
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null) {
    if ("text" in value && typeof value.text === "string") return value as Reply;
    if ("stream" in value && "bytes" in value && value.bytes instanceof Uint8Array) {
      if (value.stream === "stdout" || value.stream === "stderr") return value as Reply;
    }
  }
  throw new TypeError(`a handler replied with ${typeof value}, which is no reply`);
}

/** The part of a reply that people read. */
export function replyText(reply: Reply): string {
  if (typeof reply === "string") return reply;
  return "stream" in reply ? Buffer.from(reply.bytes).toString() : reply.text;
}
