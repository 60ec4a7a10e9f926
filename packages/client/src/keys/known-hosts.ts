import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../make-folder.ts";

const KEY_BYTES = 32;

/** A hub's key as it was seen first. */
export interface KnownHost {
  readonly key: Uint8Array;
  /** Day of the first use, when the line holds one. */
  readonly since: string | undefined;
  /** Counts from 1. */
  readonly line: number;
}

/** The keys of the hubs that were reached before, by `host:port`. */
export interface KnownHosts {
  readonly file: string;
  find(hostPort: string): KnownHost | undefined;
  /** Keeps the key of a hub that is not known yet. */
  remember(hostPort: string, key: Uint8Array): void;
}

/** Opens `known_hosts` in a folder: one `host:port key date` a line. Other lines mean nothing and stay. */
export function openKnownHosts(configDir: string): KnownHosts {
  const file = join(configDir, "known_hosts");

  function read(): string {
    try {
      return readFileSync(file, "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return "";
      throw new Error(`${file} cannot be read (${code})`, { cause: error });
    }
  }

  return {
    file,
    find(hostPort) {
      for (const [index, text] of read().split("\n").entries()) {
        const [name, encoded = "", since] = text.trim().split(/\s+/);
        if (name !== hostPort) continue;
        const key = Buffer.from(encoded, "base64url");
        // A damaged line must not read as "never seen": that would trust whoever comes.
        if (key.length !== KEY_BYTES)
          throw new Error(`line ${index + 1} of ${file} holds no key; repair or remove it`);
        return { key: new Uint8Array(key), since, line: index + 1 };
      }
      return undefined;
    },
    remember(hostPort, key) {
      makeFolder(configDir);
      const before = read();
      const start = before === "" || before.endsWith("\n") ? "" : "\n";
      const day = new Date().toISOString().slice(0, 10);
      const line = `${start}${hostPort} ${Buffer.from(key).toString("base64url")} ${day}\n`;
      appendFileSync(file, line, { mode: 0o600 });
    },
  };
}
