import { createHash, randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The hub's private key, 32 bytes: who the hub is to its clients, made on the first start.
 * @throws {Error} whose message names the file.
 */
export function readOrCreateHubKey(dataDir: string): Uint8Array {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, "hub.key");
  const known = tryRead(file);
  if (known) return known;
  // Written aside and linked: two hubs that start at once agree on one key, and none is ever half written.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
  return tryRead(file)!;
}

function tryRead(file: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const key = Buffer.from(text.trim(), "base64url");
  if (key.length !== 32) {
    throw new Error(
      `${file} holds no key; restore it from a backup, or remove it (clients will warn of a new key)`,
    );
  }
  return key;
}

/** As ssh prints them: `SHA256:` and the key's hash in base64. */
export function fingerprintOf(publicKey: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(publicKey).digest("base64").replace(/=+$/, "")}`;
}
