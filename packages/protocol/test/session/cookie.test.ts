import { expect, test } from "vitest";

import { createCookieJar } from "../../src/session/cookie.ts";
import type { Hello, RetryFields } from "../../src/session/packet.ts";

const SECRET = new Uint8Array(32).fill(1);
const ADDRESS = Uint8Array.of(192, 0, 2, 1, 0x1a, 0x0a);
const HELLO: Hello = { nonce: new Uint8Array(32).fill(2), versions: [1] };

function bake(nowMs: number): RetryFields {
  const baked = createCookieJar(SECRET).bake(ADDRESS, HELLO, nowMs);
  return { version: 1, serverKey: new Uint8Array(32), versions: [1], ...baked };
}

test("hostile 4: a cookie holds for its own and the next rotation and not for the one after", () => {
  const jar = createCookieJar(SECRET);
  const retry = bake(59_999);
  expect(jar.check(ADDRESS, HELLO, retry, 59_999)).toBe(true);
  expect(jar.check(ADDRESS, HELLO, retry, 60_000)).toBe(true);
  expect(jar.check(ADDRESS, HELLO, retry, 119_999)).toBe(true);
  expect(jar.check(ADDRESS, HELLO, retry, 120_000)).toBe(false);
});

test("hostile 3: a cookie from another address, port, nonce, version list, time or secret does not hold", () => {
  const jar = createCookieJar(SECRET);
  const retry = bake(1000);
  expect(jar.check(ADDRESS, HELLO, retry, 1000)).toBe(true);
  expect(jar.check(Uint8Array.of(192, 0, 2, 2, 0x1a, 0x0a), HELLO, retry, 1000)).toBe(false);
  expect(jar.check(Uint8Array.of(192, 0, 2, 1, 0x1a, 0x0b), HELLO, retry, 1000)).toBe(false);
  expect(jar.check(ADDRESS, { ...HELLO, nonce: new Uint8Array(32) }, retry, 1000)).toBe(false);
  expect(jar.check(ADDRESS, { ...HELLO, versions: [1, 0] }, retry, 1000)).toBe(false);
  expect(jar.check(ADDRESS, HELLO, { ...retry, timeS: retry.timeS - 1 }, 1000)).toBe(false);
  expect(jar.check(ADDRESS, HELLO, { ...retry, epoch: 1 }, 1000)).toBe(false);
  expect(createCookieJar(new Uint8Array(32)).check(ADDRESS, HELLO, retry, 1000)).toBe(false);
});

test("a cookie from the future does not hold", () => {
  expect(createCookieJar(SECRET).check(ADDRESS, HELLO, bake(5000), 1000)).toBe(false);
});

test("an epoch that comes round again after 256 rotations does not revive a cookie", () => {
  const retry = bake(1000);
  expect(createCookieJar(SECRET).check(ADDRESS, HELLO, retry, 256 * 60_000 + 1000)).toBe(false);
});
