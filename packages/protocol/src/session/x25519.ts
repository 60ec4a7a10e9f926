import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";

import { PalaverError } from "../errors.ts";

// RFC 8410: what comes before the 32 raw bytes. DER works on Node 24 too, where raw formats do not exist yet.
const PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");
const RAW_BYTES = 32;

/** An X25519 key pair whose private half is ready for use. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: Uint8Array;
}

/** Makes a key pair of 32 raw private bytes. Throws AUTH for any other size. */
export function keyPairFrom(privateRaw: Uint8Array): KeyPair {
  if (privateRaw.length !== RAW_BYTES) throw new PalaverError("AUTH", "a private key has 32 bytes");
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, privateRaw]),
    format: "der",
    type: "pkcs8",
  });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return { privateKey, publicKey: new Uint8Array(spki.subarray(SPKI_PREFIX.length)) };
}

/**
 * The shared secret of our private and their public key.
 *
 * Throws AUTH for a public key of small order, whose "secret" everyone knows (RFC 7748 section 6.1).
 */
export function agree(privateKey: KeyObject, publicRaw: Uint8Array): Uint8Array {
  let shared: Uint8Array;
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([SPKI_PREFIX, publicRaw]),
      format: "der",
      type: "spki",
    });
    shared = diffieHellman({ privateKey, publicKey });
  } catch (cause) {
    throw new PalaverError("AUTH", "a public key was refused", { cause });
  }
  if (shared.every((byte) => byte === 0)) throw new PalaverError("AUTH", "a public key of small order");
  return shared;
}
