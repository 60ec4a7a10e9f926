import { join } from "node:path";
import type { Logger } from "pino";
import { ConfigError, type Config } from "./config/config.ts";
import { readOrCreateHubKey } from "./sessions/hub-key.ts";
import { openIdentities } from "./users/identities.ts";

// https://sqlite.org/rescode.html
const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** The hub's key, and its database of who is who. @throws {ConfigError} when the data directory's disk is full, read-only or damaged. */
export function openOwnData(config: Config, users: () => Config["users"], log: Logger) {
  const failed = (error: unknown) => log.error({ err: error }, "the hub's database took no write");
  return {
    key: openOwnFile(config, "hub.key", readOrCreateHubKey),
    identities: openOwnFile(config, "hub.db", (dataDir) => openIdentities(dataDir, users, Date.now, failed)),
  };
}

function openOwnFile<Value>(config: Config, name: string, open: (dataDir: string) => Value): Value {
  try {
    return open(config.dataDir);
  } catch (cause) {
    const { message, code, errcode = 0 } = cause as NodeJS.ErrnoException & { readonly errcode?: number };
    const isDamaged = [sqliteCorrupt, sqliteNotADatabase].includes(errcode & 0xff) || code === "EISDIR";
    const remedy = isDamaged
      ? "restore it from a backup, or move it away and begin anew without what it held"
      : "free its disk, mend it, or choose another with --data";
    // What has no code is an error of ours, with file and remedy.
    const file = join(config.dataDir, name);
    const reason = code === undefined ? message : `${file} cannot be used: ${message}; ${remedy}`;
    throw new ConfigError(config.locate(["data"]), reason, { cause });
  }
}
