import { tryParseDuration } from "@palaver/plugin-api";
import * as z from "zod";
import { dictionaryName } from "./dictionary-files/parts.ts";
import { tryParseServer } from "./upstream/server-address.ts";

const maxDictionaries = 32;
const maxServers = 8;
const maxDurationMs = 24 * 3_600_000;

const duration = (fallback: string) =>
  z
    .string()
    .transform((text, context) => {
      const milliseconds = tryParseDuration(text);
      if (milliseconds !== undefined && milliseconds > 0 && milliseconds <= maxDurationMs)
        return milliseconds;
      context.addIssue({ code: "custom", message: `is no time up to 24h; write it like ${fallback}` });
      return z.NEVER;
    })
    .describe("a duration up to 24 h")
    .prefault(fallback);

const server = z
  .string()
  .transform((text, context) => {
    const parsed = tryParseServer(text);
    if (parsed) return parsed;
    context.addIssue({
      code: "custom",
      message: "is no DICT server; write it like dict://dict.org or dict://HOST:PORT/DATABASE",
    });
    return z.NEVER;
  })
  .describe("`dict://HOST:PORT/DATABASE`");

const dictionary = z
  .string()
  .max(4096)
  .regex(/\.(ifo|index)$/, "is neither a StarDict .ifo nor a dictd .index file")
  .describe("a path that ends in `.ifo` or `.index`");

const role = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "is no role; write small letters, digits and -")
  .describe("a role");

const ownNames = new Set(["files", "ecdict", "cedict"]);

/** The settings of `[plugins.dict]`. */
export const dictConfig = z.strictObject({
  /** Files of the operator's own, `word:translation` a line; they win over the dictionaries. */
  files: z.array(z.string().describe("a path")).max(100).default([]),
  /** English to Chinese. */
  ecdict: z.boolean().default(true),
  /** Chinese to English. */
  cedict: z.boolean().default(true),
  /** StarDict (`.ifo`) and dictd (`.index`). */
  dictionaries: z
    .array(dictionary)
    .max(maxDictionaries)
    .refine(
      (paths) => new Set(paths.map(dictionaryName)).size === paths.length,
      "holds two files of one name; rename one",
    )
    .refine(
      (paths) => !paths.some((path) => ownNames.has(dictionaryName(path))),
      "holds a file that is called files, ecdict or cedict, as a dictionary of the hub; rename it",
    )
    .default([]),
  /** DICT servers that are asked, in this order, for what is not found here. */
  servers: z
    .array(server)
    .max(maxServers)
    .refine(
      (servers) => new Set(servers.map(({ name }) => name)).size === servers.length,
      "holds a server twice",
    )
    .default([]),
  server_timeout: duration("3s"),
  /** Roles that may add words and see which are missing. */
  editors: z.array(role).max(16).default(["operator"]),
  /** Our own DICT server, on listeners `dict://HOST:PORT`. */
  server: z
    .strictObject({
      connections: z.int().min(1).max(10_000).default(200),
      connections_per_address: z.int().min(1).max(10_000).default(20),
      idle: duration("10m"),
    })
    .prefault({}),
});
