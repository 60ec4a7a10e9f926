import { createHmac, timingSafeEqual } from "node:crypto";

import { COOKIE_BYTES, type Hello, type RetryFields } from "./packet.ts";

/** Cookie keys change this often; the current and the previous one are honoured. */
export const COOKIE_ROTATION_MS = 60_000;
/** A cookie older than this is refused whatever its key. */
export const COOKIE_LIFETIME_S = 120;

/**
 * Cookies that prove a client can receive at its address, without a byte of memory for it.
 *
 * A key per epoch is derived from one secret, so that nothing has to be scheduled and a forked worker that was given
 * the same secret honours the same cookies.
 */
export interface CookieJar {
  /** The cookie for a HELLO that came from `address` (ip and port as bytes). */
  bake(
    address: Uint8Array,
    hello: Hello,
    nowMs: number,
  ): { epoch: number; timeS: number; cookie: Uint8Array };
  /** Whether an INIT from `address` brings back a cookie of ours that still holds. */
  check(address: Uint8Array, hello: Hello, retry: RetryFields, nowMs: number): boolean;
}

export function createCookieJar(secret: Uint8Array): CookieJar {
  // At most two keys are ever needed; older ones are recomputed never, because they are refused before.
  const keys = new Map<number, Buffer>();

  function keyOf(rotation: number): Buffer {
    let key = keys.get(rotation);
    if (!key) {
      key = createHmac("sha256", secret).update(`palaver cookie ${rotation}`).digest();
      if (keys.size >= 2) keys.clear();
      keys.set(rotation, key);
    }
    return key;
  }

  function mac(rotation: number, address: Uint8Array, hello: Hello, timeS: number): Uint8Array {
    const rest = new Uint8Array(4 + 2 * hello.versions.length);
    new DataView(rest.buffer).setUint32(0, timeS);
    hello.versions.forEach((version, i) => new DataView(rest.buffer).setUint16(4 + 2 * i, version));
    return createHmac("sha256", keyOf(rotation))
      .update(Uint8Array.of(address.length))
      .update(address)
      .update(hello.nonce)
      .update(rest)
      .digest()
      .subarray(0, COOKIE_BYTES);
  }

  return {
    bake(address, hello, nowMs) {
      const rotation = Math.floor(nowMs / COOKIE_ROTATION_MS);
      const timeS = Math.floor(nowMs / 1000) >>> 0;
      return { epoch: rotation & 0xff, timeS, cookie: mac(rotation, address, hello, timeS) };
    },
    check(address, hello, retry, nowMs) {
      const current = Math.floor(nowMs / COOKIE_ROTATION_MS);
      const age = ((Math.floor(nowMs / 1000) >>> 0) - retry.timeS) | 0;
      if (age < 0 || age > COOKIE_LIFETIME_S) return false;
      const rotation = [current, current - 1].find((one) => (one & 0xff) === retry.epoch);
      return (
        rotation !== undefined && timingSafeEqual(mac(rotation, address, hello, retry.timeS), retry.cookie)
      );
    },
  };
}
