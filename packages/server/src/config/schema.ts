import type { Capability } from "@palaver/plugin-api";
import * as z from "zod";
import { parseHttpAddress } from "./http-address.ts";
import { isPluginName, parseListenAddress } from "./listen-address.ts";
import { tryParseNetwork } from "./network.ts";
import { parseMemoryLimit } from "./memory-limit.ts";

// What one machine can hold; a number beyond is a slip of the hand.
const maxPeers = 1_000_000;

/** Threads; a machine with more cores has them for something else. */
export const maxWorkers = 64;

export const capabilities: readonly Capability[] = ["users", "rooms", "storage", "processes", "files"];

export const logLevels = ["trace", "debug", "info", "warn", "error", "silent"] as const;
export const ios = ["auto", "dgram"] as const;
export const logFormats = ["json", "pretty"] as const;

const path = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/, "holds a NUL; write a path")
  .describe("a path");

const readBy = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as SyntaxError).message });
      return z.NEVER;
    }
  });

const listenAddress = readBy(parseListenAddress).describe(
  "`udp://HOST:PORT` or `tcp://HOST:PORT`, and `=PLUGIN`",
);

const network = z
  .string()
  .transform((text, context) => {
    const parsed = tryParseNetwork(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: "is no network; write it like 10.0.0.0/8 or fd00::/8" });
    return z.NEVER;
  })
  .describe("a network");

const publicKey = z
  .string()
  .transform((text, context) => {
    const bytes = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : undefined;
    if (bytes?.length === 32) return bytes.toString("base64url");
    context.addIssue({ code: "custom", message: "is no public key; write what `palaver id` prints" });
    return z.NEVER;
  })
  .describe("what `palaver id` prints");

const nick = z
  .string()
  .max(32)
  .regex(/^[\p{L}\p{M}\p{N}_-]+$/u, "is no nickname; write letters, digits, - and _")
  .describe("letters, digits, `-` and `_`, at most 32");

const role = z
  .string()
  .refine(isRole, "is no role; write small letters, digits and -, beginning with a letter")
  .describe("a role");

export function isRole(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,31}$/.test(text);
}

const pluginName = z
  .string()
  .refine(isPluginName, "is no plugin's name; write small letters, digits and -, beginning with a letter");

/** The keys of a plugin's table that are the hub's; the rest is the plugin's own. */
export const pluginKeys = {
  from: z.string().min(1).max(4096).describe("a path or a package's name").optional(),
  grant: z.union([z.array(z.enum(capabilities)), z.literal("all")]).optional(),
  enabled: z.boolean().default(true),
  isolate: z.enum(["worker", "none"]).optional(),
  memory_mib: z.int().min(16).max(65_536).default(128),
};

/** The configuration file. Every key has a default here; `palaver.example.toml` shows them all. */
export const fileSchema = z.strictObject({
  data: path.optional(),
  listen: z
    .array(listenAddress)
    .min(1)
    .max(64)
    .default(() => ["udp://0.0.0.0:6666", "tcp://0.0.0.0:6666"].map(parseListenAddress)),
  io: z.enum(ios).default("auto"),
  workers: z.int().min(1).max(maxWorkers).default(1),
  metrics: readBy(parseHttpAddress).describe("`HOST:PORT`").optional(),
  text: z
    .strictObject({
      trust: z.array(network).max(1000).default(["127.0.0.0/8", "::1/128"]),
      encoding: z.enum(["utf-8", "gb18030"]).default("utf-8"),
      replies_per_second: z.int().min(1).max(1_000_000).default(5),
      burst: z.int().min(1).max(1_000_000).default(20),
      bytes_per_second: z.int().min(1000).max(1_000_000_000).default(65_536),
    })
    .prefault({}),
  limits: z
    .strictObject({
      peers: z.int().min(1).max(maxPeers).default(10_000),
      rooms: z.int().min(1).max(maxPeers).default(1000),
      connections: z.int().min(1).max(maxPeers).default(1000),
      handshakes_per_second: z.int().min(1).max(maxPeers).default(20),
      memory: readBy(parseMemoryLimit).describe('a size, `"auto"` or `"off"`').default("auto"),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: z.enum(logLevels).default("info"),
      format: z.enum(logFormats).optional(),
      dir: path.optional(),
    })
    .prefault({}),
  plugins: z.record(pluginName, z.looseObject(pluginKeys)).prefault({}),
  users: z
    .array(z.strictObject({ key: publicKey, nick, roles: z.array(role).max(64).default([]) }))
    .max(maxPeers)
    .default([]),
});

export type ConfigFile = z.output<typeof fileSchema>;
