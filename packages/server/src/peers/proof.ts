import { createHmac, randomBytes } from "node:crypto";

// Crockford's base 32: no letter that is read as a digit.
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const epochMs = 60_000;

/**
 * Proof that a peer receives what is sent to its address: it echoes a token that only that address was sent (RFC 9175
 * has the idea). Nothing is stored for a claim: the token is a keyed hash of address and minute.
 */
export interface AddressProof {
  /** Four letters; good for one to two minutes. */
  token(peerId: string, now: number): string;
  check(token: string, peerId: string, now: number): boolean;
}

export function createAddressProof(key: Uint8Array = randomBytes(32)): AddressProof {
  const tokenAt = (peerId: string, epoch: number) => {
    const hash = createHmac("sha256", key).update(`${epoch}|${peerId}`).digest();
    return Array.from(hash.subarray(0, 4), (byte) => alphabet[byte & 31]).join("");
  };
  return {
    token: (peerId, now) => tokenAt(peerId, Math.floor(now / epochMs)),
    // Twenty bits stand a minute of guessing at the rate that one prefix is allowed (5 a second).
    check(token, peerId, now) {
      const epoch = Math.floor(now / epochMs);
      const given = token.toUpperCase();
      return given === tokenAt(peerId, epoch) || given === tokenAt(peerId, epoch - 1);
    },
  };
}

/** Whether a word may be a token at all. */
export function looksLikeToken(word: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{4}$/i.test(word);
}
