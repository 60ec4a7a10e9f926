// What runs plugins needs this, the hub and the test kit alike; plugins do not.
export { parseArguments, usageOf, wordsOf } from "./arguments.ts";
export type { Words } from "./arguments.ts";
export { admitCall, createEntry, createLimiter } from "./entry.ts";
export type { CommandEntry } from "./entry.ts";
export { checkInstance } from "./instance.ts";
export { readCommandLine } from "./line.ts";
export type { CommandLine } from "./line.ts";
export { RateLimiter } from "./rate-limiter.ts";
export type { RateLimit } from "./rate-limiter.ts";
export { checkedReceipt, checkedReply, defaultTimeoutMs, replyText } from "./reply.ts";
