import { tryParseDuration } from "@palaver/plugin-api";
import * as z from "zod";
import { tryParseSize } from "../exec/size.ts";

const size = (fallback: string) =>
  z
    .string()
    .refine((text) => (tryParseSize(text) ?? 0) > 0, "is no size; write for example 64MiB or 10GiB")
    .describe("a size")
    .default(fallback);

const isDuration = (text: string) => (tryParseDuration(text) ?? 0) >= 60_000;

const role = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "is no role; write small letters, digits and -, beginning with a letter")
  .describe("a role");
const roles = z.array(role).min(1).max(64).optional();

/** What the operator decides about files. */
export const settings = z.strictObject({
  /** The largest file. */
  max_size: size("256MiB"),
  /** Of one user, and of all; what is under way counts whole. */
  quota_per_user: size("1GiB"),
  quota: size("8GiB"),
  max_files_per_user: z.int().min(1).max(1_000_000).default(1000),
  /** What stays free on the disk. */
  keep_free: size("256MiB"),
  /** How long a file is kept; `forever` for no limit. */
  keep: z
    .string()
    .refine(
      (text) => text === "forever" || isDuration(text),
      "is no time of a minute or more; write for example 12h or 30d, or forever",
    )
    .describe('a duration of a minute or more, or `"forever"`')
    .default("30d"),
  /** How long the part of a file is kept whose sender does not come back. */
  keep_part: z
    .string()
    .refine(isDuration, "is no time of a minute or more; write for example 1h or 1d")
    .describe("a duration of a minute or more")
    .default("1d"),
  /** At once, of one user and of all. */
  transfers_per_user: z.int().min(1).max(64).default(4),
  transfers: z.int().min(1).max(10_000).default(64),
  /** Who may; absent, everybody. */
  put_roles: roles,
  get_roles: roles,
  /** Of each command and caller. */
  rate: z
    .strictObject({
      limit: z.int().min(1).max(100_000).default(120),
      window: z
        .string()
        .refine((text) => (tryParseDuration(text) ?? 0) > 0, "is no time; write for example 30s or 1m")
        .describe("a duration")
        .default("1m"),
    })
    .prefault({}),
});

type Settings = z.output<typeof settings>;

/** The settings in bytes and milliseconds. */
export interface FileLimits {
  readonly maxFileBytes: number;
  readonly maxUserBytes: number;
  readonly maxBytes: number;
  readonly maxUserFiles: number;
  readonly minFreeBytes: number;
  /** Infinity: for ever. */
  readonly keepMs: number;
  readonly keepPartMs: number;
  readonly maxUserTransfers: number;
  readonly maxTransfers: number;
}

export function readLimits(given: Settings): FileLimits {
  const bytes = (text: string) => tryParseSize(text) ?? 0;
  return {
    maxFileBytes: bytes(given.max_size),
    maxUserBytes: bytes(given.quota_per_user),
    maxBytes: bytes(given.quota),
    maxUserFiles: given.max_files_per_user,
    minFreeBytes: bytes(given.keep_free),
    keepMs: tryParseDuration(given.keep) ?? Infinity,
    keepPartMs: tryParseDuration(given.keep_part) ?? 0,
    maxUserTransfers: given.transfers_per_user,
    maxTransfers: given.transfers,
  };
}
