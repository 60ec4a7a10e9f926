import { expect, test } from "vitest";
import { createAddressProof } from "../../src/peers/proof.ts";
import { TextPeers } from "../../src/peers/text-peers.ts";
import { Remote } from "../../src/transport/remote.ts";
import type { UdpTransport } from "../../src/transport/udp.ts";
import { strictSettings } from "./strict-settings.ts";

const DAY_MS = 86_400_000;

test("hostile 48: whoever guesses the token of somebody else's address hour after hour is not heard often enough", () => {
  let now = 0;
  let wrong = 0;
  const transport = {
    listen: { url: "udp://0.0.0.0:1", mount: undefined },
    send: () => void wrong++,
  } as unknown as UdpTransport;
  const peers = new TextPeers(strictSettings, {
    handle: () => {},
    beforeSend: () => {},
    isOwn: () => false,
    gone: () => {},
    now: () => now,
  });
  const victim = new Remote("192.0.2.1", 5353);
  // Words that stand for the million tokens: what counts is how many of them are looked at.
  const guess = Buffer.from("confirm 0000");
  const guessesAtOnce = 100;
  for (; now < 60_000; now += 100) {
    for (let i = 0; i < guessesAtOnce; i++) peers.receiveDatagram(guess, victim, transport);
  }
  // Twenty at once and five a second; all others are dropped unread.
  expect(wrong).toBeLessThanOrEqual(20 + 5 * 60);
  expect(peers.dropped).toBe(600 * guessesAtOnce - wrong);
});

test("hostile 48: a token is for one address and one or two minutes, and no two addresses share it but by chance", () => {
  const proof = createAddressProof();
  const token = proof.token("udp|192.0.2.1|5353", 30_000);
  expect(proof.check(token, "udp|192.0.2.1|5353", 90_000)).toBe(true);
  expect(proof.check(token, "udp|192.0.2.1|5353", 30_000 + DAY_MS)).toBe(false);
  const others = Array.from({ length: 1000 }, (_, port) =>
    proof.check(token, `udp|192.0.2.1|${port}`, 30_000),
  );
  expect(others.filter(Boolean).length).toBeLessThanOrEqual(1);
});
