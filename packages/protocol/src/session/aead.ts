import { createCipheriv, createDecipheriv } from "node:crypto";

import { TAG_BYTES } from "./limits.ts";

const SUITE = "chacha20-poly1305";
const OPTIONS = { authTagLength: TAG_BYTES } as const;
const NONCE_BYTES = 12;
const MAX_UINT64 = new Uint8Array(8).fill(0xff);

/** ChaCha20-Poly1305 (RFC 8439) with Noise's nonces. */
export interface Aead {
  /** Encrypts `plaintext` into `target` at `at`, followed by the tag. A counter must never be used twice with a key. */
  sealInto(
    target: Uint8Array,
    at: number,
    key: Uint8Array,
    counter: number,
    aad: Uint8Array,
    plaintext: Uint8Array,
  ): void;
  /**
   * Decrypts into memory that is good until the next call, or returns nothing when a single bit of the input, the key or
   * the AAD differs.
   */
  tryOpen(key: Uint8Array, counter: number, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
}

// One nonce for all calls: the calls are synchronous and OpenSSL copies it.
const nonce = Buffer.alloc(NONCE_BYTES);

/** Noise's nonce for ChaChaPoly: four zero bytes, then the counter in little-endian (Noise section 12.3). */
export function setNonce(target: Buffer, counter: number): void {
  target.writeUInt32LE(counter >>> 0, 4);
  target.writeUInt32LE(Math.floor(counter / 0x1_0000_0000), 8);
}

/** By `node:crypto`, which is everywhere. */
export const nodeAead: Aead = {
  sealInto(target, at, key, counter, aad, plaintext) {
    setNonce(nonce, counter);
    const cipher = createCipheriv(SUITE, key, nonce, OPTIONS);
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    target.set(cipher.update(plaintext), at);
    cipher.final();
    target.set(cipher.getAuthTag(), at + plaintext.length);
  },
  tryOpen(key, counter, aad, sealed) {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) return undefined;
    setNonce(nonce, counter);
    const decipher = createDecipheriv(SUITE, key, nonce, OPTIONS);
    decipher.setAAD(aad, { plaintextLength: end });
    decipher.setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plaintext;
  },
};

/** Encrypts `plaintext` and appends the tag. */
export function seal(key: Uint8Array, counter: number, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + TAG_BYTES);
  nodeAead.sealInto(sealed, 0, key, counter, aad, plaintext);
  return sealed;
}

/** Noise's REKEY: the first 32 bytes of zeros sealed under the largest nonce (Noise section 4.2). */
export function rekey(key: Uint8Array): Uint8Array {
  nonce.set(MAX_UINT64, 4);
  const cipher = createCipheriv(SUITE, key, nonce, OPTIONS);
  const next = new Uint8Array(32);
  next.set(cipher.update(new Uint8Array(32)));
  return next;
}
