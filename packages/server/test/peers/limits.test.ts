import { RateLimiter } from "@palaver/plugin-api/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createNetworkSet, prefixOf } from "../../src/peers/networks.ts";
import { createAddressProof, looksLikeToken } from "../../src/peers/proof.ts";
import { Rests } from "../../src/peers/rests.ts";

const proven = (id: string) => ({ id, proven: true });

describe("a rate limiter", () => {
  test("lets a burst pass, then as much as time brings", () => {
    const limiter = new RateLimiter({ perSecond: 5, burst: 3 });
    const taken = (now: number) => [1, 2, 3, 4].filter(() => limiter.take("a", now)).length;
    expect(taken(0)).toBe(3);
    expect(taken(0)).toBe(0);
    expect(taken(400)).toBe(2);
    expect(taken(100_000)).toBe(3);
  });

  test("never lets more pass than burst + rate × time, also when the clock jumps back", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2000, max: 2000 }), { maxLength: 200 }), (steps) => {
        const limiter = new RateLimiter({ perSecond: 10, burst: 4 });
        let now = 10_000;
        let forwardMs = 0;
        let passed = 0;
        for (const step of steps) {
          now += step;
          forwardMs += Math.max(0, step);
          if (limiter.take("a", now)) passed++;
          if (step % 2 === 0) limiter.sweep(now);
        }
        expect(passed).toBeLessThanOrEqual(4 + forwardMs / 100);
      }),
    );
  });

  test("keeps no more buckets than it may", () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 2);
    expect(limiter.take("a", 0)).toBe(true);
    expect(limiter.take("b", 0)).toBe(true);
    expect(limiter.take("c", 0)).toBe(true);
    expect(limiter.take("c", 0)).toBe(false);
    expect(limiter.take("b", 0)).toBe(false);
  });

  test("lets go of the buckets that are full again, and of no other", () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 1 }, 2);
    limiter.take("a", 0);
    limiter.take("b", 500);
    limiter.sweep(1000);
    // There is room for this one.
    expect(limiter.take("c", 1000)).toBe(true);
    expect(limiter.take("b", 1000)).toBe(false);
  });
});

describe("networks", () => {
  test("an address is trusted when a network holds it", () => {
    const trusts = createNetworkSet(["127.0.0.0/8", "::1/128", "10.1.0.0/16"]);
    expect(["127.0.0.1", "127.9.9.9", "::1", "10.1.2.3"].every(trusts)).toBe(true);
    expect(["128.0.0.1", "::2", "10.2.0.1"].some(trusts)).toBe(false);
  });

  test("neighbours share a prefix: /24 of IPv4, /56 of IPv6", () => {
    expect(prefixOf("192.0.2.1")).toBe(prefixOf("192.0.2.254"));
    expect(prefixOf("192.0.2.1")).not.toBe(prefixOf("192.0.3.1"));
    expect(prefixOf("2001:db8:1:ab01::1")).toBe(prefixOf("2001:db8:1:abff:1:2:3:4"));
    expect(prefixOf("2001:db8:1:ab01::1")).not.toBe(prefixOf("2001:db8:1:ac01::1"));
    expect(prefixOf("::1")).toBe(prefixOf("::2"));
    expect(prefixOf("fe80::1%eth0")).toBe(prefixOf("fe80::2"));
  });
});

describe("the proof of an address", () => {
  const proof = createAddressProof(new Uint8Array(32));

  test("a token holds for its address, one to two minutes, in either case of letters", () => {
    const token = proof.token("a", 59_000);
    expect(looksLikeToken(token)).toBe(true);
    expect(proof.check(token, "a", 59_000)).toBe(true);
    expect(proof.check(token.toLowerCase(), "a", 119_000)).toBe(true);
    expect(proof.check(token, "a", 121_000)).toBe(false);
    expect(proof.check(token, "b", 59_000)).toBe(false);
  });

  test("another hub's token does not hold", () => {
    const other = createAddressProof(new Uint8Array(32).fill(1));
    expect(other.check(proof.token("a", 0), "a", 0)).toBe(false);
  });
});

describe("the rest of an answer", () => {
  test("is taken once, and only for two minutes", () => {
    const rests = new Rests();
    rests.add(proven("a"), 1, "rest", false, 0);
    expect(rests.take("a", 1000)?.text).toBe("rest");
    expect(rests.take("a", 1000)).toBeUndefined();
    rests.add(proven("a"), 2, "rest", false, 0);
    expect(rests.take("a", 120_001)).toBeUndefined();
  });

  test("goes on filling while its command runs", () => {
    const rests = new Rests();
    rests.add(proven("a"), 1, "one", true, 0);
    expect(rests.take("a", 1)).toMatchObject({ text: "one", open: true });
    rests.add(proven("a"), 1, "two", true, 2);
    rests.add(proven("a"), 1, "three", false, 3);
    expect(rests.take("a", 4)).toMatchObject({ text: "twothree", open: false });
    expect(rests.take("a", 5)).toBeUndefined();
  });

  test("gives way to that of a newer answer", () => {
    const rests = new Rests();
    rests.add(proven("a"), 1, "old", true, 0);
    rests.add(proven("a"), 2, "new", false, 1);
    rests.add(proven("a"), 1, "old again", true, 2);
    expect(rests.take("a", 3)?.text).toBe("new");
  });

  test("is bounded for each peer and in number", () => {
    const rests = new Rests();
    for (let round = 0; round < 40; round++) rests.add(proven("big"), 1, "x".repeat(10_000), true, 0);
    expect(rests.take("big", 0)?.text.length).toBeLessThan(66_000);
    for (let peer = 0; peer < 1000; peer++) {
      rests.add({ id: `p${peer}`, proven: peer < 500 }, 1, "x", false, 0);
    }
    const kept = Array.from({ length: 1000 }, (_, peer) => rests.take(`p${peer}`, 0) !== undefined);
    const count = (from: number, to: number) => kept.slice(from, to).filter(Boolean).length;
    // Those of unproven peers, who came later, took no place of the others.
    expect([count(0, 500), count(500, 1000)]).toEqual([128, 128]);
  });
});
