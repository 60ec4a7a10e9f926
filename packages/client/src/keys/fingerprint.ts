import { createHash } from "node:crypto";

/** A public key's fingerprint as ssh prints them: `SHA256:` and its hash in base64 without padding. */
export function formatFingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}
