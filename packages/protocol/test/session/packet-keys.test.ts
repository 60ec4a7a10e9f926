import { expect, test } from "vitest";

import { tryParseDataHeader } from "../../src/session/packet.ts";
import { MAX_PACKET_NUMBER, PacketKeys, REKEY_MS, REKEY_PACKETS } from "../../src/session/packet-keys.ts";

const CID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const ONE = new Uint8Array(32).fill(1);
const TWO = new Uint8Array(32).fill(2);

function makePair(): { sender: PacketKeys; receiver: PacketKeys } {
  return { sender: new PacketKeys(ONE, TWO, CID, 0), receiver: new PacketKeys(TWO, ONE, CID, 0) };
}

function open(keys: PacketKeys, packet: Uint8Array, nowMs = 0): string | undefined {
  const header = tryParseDataHeader(packet);
  const payload = header && keys.open(packet, header.phase, header.packetNumber, nowMs);
  return payload && Buffer.from(payload).toString();
}

test("what one side seals the other opens, under its own number only", () => {
  const { sender, receiver } = makePair();
  const packet = sender.seal(7, Buffer.from("hello"), 0);
  expect(open(receiver, packet)).toBe("hello");
  packet[15] = 8;
  expect(open(receiver, packet)).toBeUndefined();
});

test("the key changes after 2^20 packets and the other side follows", () => {
  const { sender, receiver } = makePair();
  const last = sender.seal(REKEY_PACKETS - 1, Buffer.from("last"), 0);
  const first = sender.seal(REKEY_PACKETS, Buffer.from("first"), 0);
  expect([last[1], first[1]]).toEqual([0x10, 0x11]);
  expect(open(receiver, first)).toBe("first");
  // What was under way under the old key still opens for a while, and then no more.
  expect(open(receiver, last, 2999)).toBe("last");
  expect(open(receiver, last, 3001)).toBeUndefined();
  expect(open(receiver, sender.seal(REKEY_PACKETS + 1, Buffer.from("next"), 0))).toBe("next");
});

test("the key changes after an hour", () => {
  const { sender, receiver } = makePair();
  expect(sender.seal(1, Buffer.from("a"), REKEY_MS - 1)[1]).toBe(0x10);
  const packet = sender.seal(2, Buffer.from("b"), REKEY_MS);
  expect(packet[1]).toBe(0x11);
  expect(open(receiver, packet)).toBe("b");
});

test("hostile 15: the key does not change again before the peer has acknowledged the last change", () => {
  const { sender, receiver } = makePair();
  sender.seal(1, Buffer.from("lost"), REKEY_MS);
  expect(sender.seal(2, Buffer.from("x"), 3 * REKEY_MS)[1]).toBe(0x11);
  const packet = sender.seal(3, Buffer.from("found"), 3 * REKEY_MS);
  expect(open(receiver, packet)).toBe("found");
  sender.onAcked(3);
  const next = sender.seal(4, Buffer.from("again"), 3 * REKEY_MS);
  expect(next[1]).toBe(0x10);
  expect(open(receiver, next)).toBe("again");
});

test("a forged phase bit changes nothing", () => {
  const { sender, receiver } = makePair();
  const forged = sender.seal(5, Buffer.from("x"), 0);
  forged[1] = 0x11;
  expect(open(receiver, forged)).toBeUndefined();
  expect(open(receiver, sender.seal(6, Buffer.from("still here"), 0))).toBe("still here");
});

test("hostile 15: a number near 2^48 is not sealed", () => {
  expect(() => makePair().sender.seal(MAX_PACKET_NUMBER, new Uint8Array(1), 0)).toThrow(
    expect.objectContaining({ code: "EXPIRED" }),
  );
});
