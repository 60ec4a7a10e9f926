import fc from "fast-check";
import { expect, test } from "vitest";

import type { FrameWriter } from "../../src/session/frame.ts";
import { createServerEndpoint, type ServerEndpoint } from "../../src/session/index.ts";
import { createRoguePeer, type RoguePeer, ROGUE_ADDRESS } from "../rogue-peer.ts";
import { createSeededRandom } from "../seeded-random.ts";
import { Ear } from "../session-pair.ts";

const ROOM = 4; // the client's first room stream
const REQUEST = 2; // the client's first request stream

function meet(): { server: ServerEndpoint; ear: Ear; peer: RoguePeer } {
  const ear = new Ear();
  const random = createSeededRandom(5).bytes;
  const server = createServerEndpoint({ staticKey: random(32), random, events: ear });
  const peer = createRoguePeer(server);
  peer.send((writer) => writer.ping());
  expect(ear.sessions).toHaveLength(1);
  return { server, ear, peer };
}

function stream(writer: FrameWriter, id: number, offset: number, text: string, isLast = false): void {
  writer.stream(id, offset, text.length, isLast).set(Buffer.from(text));
}

/** The session must end with this code, and say so to the peer. */
function expectClose(code: string, write: (writer: FrameWriter) => void): void {
  const { ear, peer } = meet();
  const frames = peer.send(write);
  expect(ear.closes).toEqual([expect.objectContaining({ code, by: "self" })]);
  expect(frames.map((frame) => frame.type)).toContain("close");
}

test("hostile 12: an ACK of a packet that was never sent ends the session", () => {
  expectClose("PROTOCOL", (writer) => writer.ack([[1000, 1000]], 0));
});

test("8: an ACK of anything that was not sent ends the session, one of what was sent does not", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 8 })), { minLength: 1, maxLength: 6 }),
      (pings, pieces) => {
        const { ear, peer } = meet();
        const [session] = ear.sessions;
        for (let i = 0; i < pings; i++) peer.send((writer) => writer.ping());
        const sent = session?.stats().packetsOut as number;
        // Ranges from the highest down, apart by at least one number.
        let floor = -1;
        const ranges = pieces.map(([gap, length]): [number, number] => {
          const first = floor + 2 + gap;
          floor = first + length;
          return [first, floor];
        });
        peer.send((writer) => writer.ack(ranges.toReversed(), 0));
        expect(ear.closes.map(({ code }) => code)).toEqual(floor >= sent ? ["PROTOCOL"] : []);
      },
    ),
    { numRuns: 200 },
  );
});

test("hostile 13: an ACK of a skipped number ends the session", () => {
  const { ear, peer } = meet();
  const [session] = ear.sessions;
  // The server answers sixteen pings with one ACK packet; number 64 to 319 is skipped once.
  for (let i = 0; i < 6400; i++) peer.send((writer) => writer.ping());
  const sent = session?.stats().packetsOut as number;
  expect(sent).toBeGreaterThan(330);
  peer.send((writer) => writer.ack([[0, sent - 1]], 0));
  expect(ear.closes).toEqual([
    expect.objectContaining({ code: "PROTOCOL", text: "an ACK of a skipped packet" }),
  ]);
});

test("hostile 14: an ACK range below zero ends the session", () => {
  expectClose("PROTOCOL", (writer) => {
    // largest 0, no delay, no further range, first range of length 5: down to -5
    writer.bytes.set([0x02, 0, 0, 0, 5], writer.at);
    writer.at += 5;
  });
});

test("an unknown frame ends the session", () => {
  expectClose("PROTOCOL", (writer) => {
    writer.bytes[writer.at++] = 0x3f;
  });
});

test("hostile 9: every truncation of every frame ends the session or is the shorter frame", () => {
  const wholes: ((writer: FrameWriter) => void)[] = [
    (writer) => stream(writer, ROOM, 0, "hello", true),
    (writer) => writer.reset(ROOM, 1, 0),
    (writer) => writer.maxData(2 ** 21),
    (writer) => writer.maxStream(0, 2 ** 21),
    (writer) => writer.dgram(Buffer.from("typing")),
    (writer) => writer.pathChallenge(new Uint8Array(8)),
    (writer) => writer.close(1, "bye"),
  ];
  for (const whole of wholes) {
    let length = 0;
    meet().peer.seal((writer) => {
      whole(writer);
      length = writer.at;
    });
    for (let cut = 1; cut < length; cut++) {
      const { ear, peer } = meet();
      peer.send((writer) => {
        whole(writer);
        writer.at = cut;
      });
      expect(ear.closes, `cut at ${cut} of ${length}`).toEqual([
        expect.objectContaining({ code: "PROTOCOL" }),
      ]);
    }
  }
});

test("hostile 10: a stream offset near 2^62 ends the session", () => {
  // As a varint 2^62 - 1 is beyond what we read; 2^52 is beyond the credit.
  expectClose("PROTOCOL", (writer) => {
    writer.bytes.set([0x03, ROOM, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0x41], writer.at);
    writer.at += 12;
  });
  expectClose("FLOW", (writer) => stream(writer, ROOM, 2 ** 52, "x"));
});

test("hostile 10: bytes beyond the credit end the session", () => {
  expectClose("FLOW", (writer) => stream(writer, ROOM, 256 * 1024, "x"));
});

test("hostile 10: a stream that contradicts bytes which wait ends the session", () => {
  const { ear, peer } = meet();
  peer.send((writer) => stream(writer, ROOM, 10, "abc"));
  expect(ear.closes).toEqual([]);
  peer.send((writer) => stream(writer, ROOM, 11, "bX"));
  expect(ear.closes).toEqual([expect.objectContaining({ code: "PROTOCOL" })]);
});

test("hostile 10: an end that moves ends the session", () => {
  const { ear, peer } = meet();
  peer.send((writer) => stream(writer, ROOM, 0, "abc", true));
  expect(ear.finished.has(ROOM)).toBe(true);
  peer.send((writer) => stream(writer, ROOM, 3, "d", true));
  expect(ear.closes).toEqual([expect.objectContaining({ code: "PROTOCOL" })]);
});

test("hostile 11: one-byte gaps everywhere end the session before they cost much", () => {
  const { ear, peer } = meet();
  let offset = 1;
  let packets = 0;
  while (ear.closes.length === 0 && packets < 1000) {
    peer.send((writer) => {
      while (writer.room > 20) {
        stream(writer, ROOM, offset, "x");
        offset += 2;
      }
    });
    packets++;
  }
  expect(ear.closes).toEqual([expect.objectContaining({ code: "FLOW" })]);
  expect(offset / 2).toBeLessThan(1300);
});

test("more streams than allowed end the session", () => {
  const { ear, peer } = meet();
  peer.send((writer) => stream(writer, REQUEST + 8 * 63, 0, "x"));
  expect(ear.closes).toEqual([]);
  expect(ear.opened).toHaveLength(64);
  peer.send((writer) => stream(writer, REQUEST + 8 * 64, 0, "x"));
  expect(ear.closes).toEqual([expect.objectContaining({ code: "FLOW" })]);
});

test("a stream of ours that we never opened ends the session", () => {
  expectClose("PROTOCOL", (writer) => stream(writer, ROOM + 1, 0, "x"));
  expectClose("PROTOCOL", (writer) => stream(writer, 8, 0, "a second control stream"));
});

test("hostile 20: a peer that gives no credit is not written for without bound", () => {
  const { ear, peer } = meet();
  const [session] = ear.sessions;
  peer.send((writer) => stream(writer, ROOM, 0, "x"));
  const chunk = new Uint8Array(100_000);
  let accepted = 0;
  for (let i = 0; i < 100; i++) accepted += session?.write(ROOM, chunk) ?? 0;
  expect(accepted).toBe(256 * 1024);
  expect(session?.bufferedTotal).toBe(256 * 1024);
});

test("hostile 22: each path challenge gets at most one answer of its own size", () => {
  const { peer } = meet();
  const sent = peer.seal((writer) => {
    for (let i = 0; i < 100; i++) writer.pathChallenge(new Uint8Array(8).fill(i));
  });
  const answers = peer.sendRaw(sent);
  expect(answers.length).toBeLessThanOrEqual(4);
  expect(answers.reduce((sum, bytes) => sum + bytes.length, 0)).toBeLessThan(sent.length);
});

test("hostile 6: the same DATA again changes nothing, within the replay window and below it", () => {
  const { ear, peer, server } = meet();
  const packet = peer.seal((writer) => stream(writer, ROOM, 0, "once"));
  peer.sendRaw(packet);
  expect(ear.text(ROOM)).toBe("once");
  const before = JSON.stringify([ear.sessions[0]?.stats(), server.stats()]);
  peer.sendRaw(packet);
  expect(JSON.stringify([ear.sessions[0]?.stats(), server.stats()])).toBe(before);
  peer.nextNumber += 5000;
  peer.send((writer) => writer.ping());
  const later = JSON.stringify(ear.sessions[0]?.stats());
  expect(peer.sendRaw(packet)).toEqual([]);
  expect(JSON.stringify(ear.sessions[0]?.stats())).toBe(later);
});

test("hostile 6: a packet number just below the window's edge is refused and just inside accepted", () => {
  const { ear, peer } = meet();
  expect(peer.nextNumber).toBe(1);
  const [below, inside] = ["below", "inside"].map((text) =>
    peer.seal((writer) => writer.dgram(Buffer.from(text))),
  );
  // The window ends 2048 below the highest number: 1 is out, 2 is in.
  peer.nextNumber = 1 + 2048;
  peer.send((writer) => writer.ping());
  peer.sendRaw(below as Uint8Array);
  peer.sendRaw(inside as Uint8Array);
  expect(ear.dgrams.map((bytes) => Buffer.from(bytes).toString())).toEqual(["inside"]);
});

test("hostile 17: a flipped key phase bit is silence", () => {
  const { ear, peer } = meet();
  const packet = peer.seal((writer) => stream(writer, ROOM, 0, "x"));
  packet[1] = 0x11;
  const before = JSON.stringify(ear.sessions[0]?.stats());
  expect(peer.sendRaw(packet)).toEqual([]);
  expect(JSON.stringify(ear.sessions[0]?.stats())).toBe(before);
});

test("hostile 5: an INIT again gets the same ACCEPT and makes no second session", () => {
  const { peer, server } = meet();
  const [first] = peer.sendRaw(peer.init);
  const [second] = peer.sendRaw(peer.init);
  expect(first).toEqual(second);
  expect(server.stats()).toMatchObject({ sessions: 1, handshakes: 1 });
});

test("hostile 19: an unconfirmed session is gone after five seconds", () => {
  const ear = new Ear();
  const random = createSeededRandom(6).bytes;
  const server = createServerEndpoint({ staticKey: random(32), random, events: ear });
  createRoguePeer(server);
  expect(server.stats()).toMatchObject({ sessions: 1, unconfirmed: 1 });
  server.poll(4999);
  expect(server.stats().sessions).toBe(1);
  expect(server.nextTimeout()).toBe(5000);
  server.poll(5000);
  expect(server.stats()).toMatchObject({ sessions: 0, unconfirmed: 0, cachedAccepts: 0 });
  expect(ear.sessions).toHaveLength(0);
});

test("hostile 19: when the table is full the oldest unconfirmed session gives way and confirmed ones stay", () => {
  const ear = new Ear();
  const random = createSeededRandom(7).bytes;
  const limits = { maxSessions: 3, maxUnconfirmed: 3 };
  const server = createServerEndpoint({ staticKey: random(32), random, events: ear, limits });
  const confirmed = createRoguePeer(server, { seed: 1 });
  confirmed.send((writer) => writer.ping());
  for (let seed = 2; seed < 6; seed++) createRoguePeer(server, { seed });
  expect(server.stats()).toMatchObject({ sessions: 3, unconfirmed: 2 });
  confirmed.send((writer) => writer.dgram(Buffer.from("still here")));
  expect(ear.dgrams).toHaveLength(1);
});

test("hostile 19: handshakes of one prefix are limited, those of another are not", () => {
  const ear = new Ear();
  const random = createSeededRandom(8).bytes;
  const limits = { handshakesPerSecond: 1, handshakeBurst: 2 };
  const server = createServerEndpoint({ staticKey: random(32), random, events: ear, limits });
  createRoguePeer(server, { seed: 1, from: "203.0.113.1:1" });
  createRoguePeer(server, { seed: 2, from: "203.0.113.2:1" });
  expect(() => createRoguePeer(server, { seed: 3, from: "203.0.113.3:1" })).toThrow("does not answer");
  createRoguePeer(server, { seed: 4, from: "203.0.112.3:1" });
  createRoguePeer(server, { seed: 5, from: "203.0.113.3:1", nowMs: 1000 });
  expect(server.stats().handshakes).toBe(4);
});

test("hostile 21: an address that answers no challenge gets at most three times what came from it and no data", () => {
  const { ear, peer, server } = meet();
  const [session] = ear.sessions;
  peer.send((writer) => stream(writer, ROOM, 0, "x"));
  const victim = "192.0.2.200:53";
  let received = 0;
  const sent: number[] = [];
  for (let i = 0; i < 200; i++) {
    peer.nowMs += 5;
    session?.write(ROOM, Buffer.alloc(50, "secret"));
    if (i % 10 === 0) {
      const packet = peer.seal((writer) => writer.ping());
      received += packet.length;
      server.receive(packet, victim, peer.nowMs);
    }
    for (const { to, bytes } of server.poll(peer.nowMs)) if (to === victim) sent.push(bytes.length);
    const total = sent.reduce((sum, bytes) => sum + bytes, 0);
    expect(total).toBeLessThanOrEqual(3 * received);
  }
  expect(session?.address).toBe(ROGUE_ADDRESS);
  // Challenges and nothing else: a packet with one is 41 bytes.
  expect(new Set(sent)).toEqual(new Set([41]));
});

test("hostile 21: an answer to a challenge proves only the address that was asked", () => {
  const { ear, peer, server } = meet();
  const [session] = ear.sessions;
  const [asked, third] = ["192.0.2.10:1", "192.0.2.20:1"] as const;
  server.receive(
    peer.seal((writer) => writer.ping()),
    asked,
    peer.nowMs,
  );
  const challenge = peer.poll().find(({ to }) => to === asked)?.frames[0];
  const token = challenge?.type === "pathChallenge" ? challenge.token : new Uint8Array(0);
  expect(token).toHaveLength(8);
  const answer = peer.seal((writer) => writer.pathResponse(token));
  const again = peer.seal((writer) => writer.pathResponse(token));
  // The newest packet keeps the asked address a candidate; the older answer comes from somewhere else.
  server.receive(
    peer.seal((writer) => writer.ping()),
    asked,
    peer.nowMs,
  );
  server.receive(answer, third, peer.nowMs);
  expect(session?.address).toBe(ROGUE_ADDRESS);
  server.receive(again, asked, peer.nowMs);
  expect(session?.address).toBe(asked);
  expect(ear.addresses).toEqual([asked]);
});
