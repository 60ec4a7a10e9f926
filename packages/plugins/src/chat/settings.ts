import { tryParseDuration } from "@palaver/plugin-api";
import { isIP } from "node:net";
import * as z from "zod";
import type { FloodLimit } from "./rules/pace.ts";
import type { RetentionLimits } from "./store/retention.ts";
import { isRoomName } from "./words/room-name.ts";

const isDuration = (text: string) => (tryParseDuration(text) ?? 0) > 0;
const noDuration = "is no time; write for example 30s, 1h or 90d";

const network = z
  .string()
  .refine((text) => isNetwork(text), "is no network; write for example 10.0.0.0/8 or fd00::/8")
  .describe("a network");

/** What the operator decides about the chat. */
export const settings = z.strictObject({
  /** The room that everyone comes into. */
  lobby: z
    .string()
    .refine(isRoomName, "is no room name; take letters, digits, - and _")
    .describe("a room")
    .default("lobby"),
  /** Messages shown to who comes in, or asks without a number. */
  history: z.int().min(0).max(100).default(20),
  /** Messages kept in each room; older ones are dropped. */
  keep: z.int().min(1).max(10_000_000).default(10_000),
  /** How long messages are kept; `forever` for no limit. */
  keep_for: z
    .string()
    .refine((text) => text === "forever" || isDuration(text), `${noDuration}, or forever`)
    .describe('a duration, or `"forever"`')
    .default("forever"),
  /** Mebibytes of all messages together. */
  keep_mib: z.int().min(1).max(1_000_000).default(1024),
  max_rooms_per_user: z.int().min(1).max(16).default(16),
  flood: z
    .strictObject({
      /** As many at once as a session may send: a client that comes back says all that waited meanwhile. */
      messages: z.int().min(1).max(100_000).default(1200),
      window: z.string().refine(isDuration, noDuration).describe("a duration").default("1m"),
      exempt: z.array(network).max(100).default(["127.0.0.0/8", "::1/128"]),
    })
    .prefault({}),
});

type Settings = z.output<typeof settings>;

export function readRetention({ keep, keep_for: age, keep_mib: mib }: Settings): RetentionLimits {
  return { perRoom: keep, maxAgeMs: tryParseDuration(age), maxBytes: mib * 1_048_576 };
}

export function readFlood({ flood: { messages, window, exempt } }: Settings): FloodLimit {
  return { messages, windowMs: tryParseDuration(window) ?? Infinity, exempt };
}

function isNetwork(text: string): boolean {
  const [address = "", length = ""] = text.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return /^\d{1,3}$/.test(length) && Number(length) <= bits;
}
