import type { Reply } from "@palaver/plugin-api";

/** The part of a reply that people read. */
export function replyText(reply: Reply): string {
  if (typeof reply === "string") return reply;
  return "stream" in reply ? Buffer.from(reply.bytes).toString() : reply.text;
}
