import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";

import { createServerEndpoint, type ServerEndpoint, type Session } from "../../src/session/index.ts";
import { createRoguePeer, type RoguePeer } from "../rogue-peer.ts";
import { createSeededRandom } from "../seeded-random.ts";
import { createSessionPair, Ear } from "../session-pair.ts";

vi.setConfig({ testTimeout: 120_000 });

const RUNS = Number(process.env["PALAVER_RUNS"] ?? 40);
const STRANGER = "203.0.113.5:5";

function startServer(seed: number): { server: ServerEndpoint; ear: Ear } {
  const ear = new Ear();
  const { bytes: random } = createSeededRandom(seed);
  return { server: createServerEndpoint({ staticKey: random(32), random, events: ear }), ear };
}

/** Two clients with data both ways, and every datagram that either side sent. */
function captureTraffic(): { server: ServerEndpoint; ear: Ear; packets: Uint8Array[] } {
  const packets: Uint8Array[] = [];
  const pair = createSessionPair({ seed: 8 });
  pair.network.onSend = ({ bytes }) => packets.push(bytes);
  pair.connect();
  const request = pair.client.open("request") as number;
  pair.client.write(request, Buffer.alloc(3000, "ask"));
  pair.client.write(0, Buffer.from("hello"));
  pair.client.sendDatagram(Buffer.from("typing"));
  pair.serverEar.hear = (session, id) => session.write(id, Buffer.alloc(500, "answer"));
  pair.network.run(pair.network.nowMs + 60_000);
  expect(pair.serverEar.closes).toEqual([]);
  return { server: pair.server, ear: pair.serverEar, packets };
}

function visible(server: ServerEndpoint): string {
  const sessions = [...server.sessions()].map((session: Session) => [
    session.stats(),
    session.state,
    session.nextTimeout(),
    session.bufferedTotal,
  ]);
  const { sessions: count, unconfirmed, handshakes } = server.stats();
  return JSON.stringify([sessions, count, unconfirmed, handshakes]);
}

function collect(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

test("hostile 8: frames of 0, 1, 2, 15, 31, 1201 and 65507 bytes of every type are met with silence", () => {
  const { server } = startServer(1);
  const { bytes: random } = createSeededRandom(2);
  const peer = createRoguePeer(server);
  peer.send((writer) => writer.ping());
  const real = peer.seal((writer) => writer.ping());
  const before = visible(server);
  for (const length of [0, 1, 2, 15, 31, 32, 33, 255, 257, 1199, 1201, 65_507]) {
    for (let type = 0; type < 256; type++) {
      const noise = random(Math.min(length, 64));
      for (const fill of [new Uint8Array(64), noise, real]) {
        const frame = new Uint8Array(length);
        frame.set(fill.subarray(0, length));
        if (length > 0) frame[0] = 0xf9;
        if (length > 1) frame[1] = type;
        // The packet with its own type is no forgery.
        if (fill === real && length === real.length && type === real[1]) continue;
        expect(peer.sendRaw(frame, STRANGER), `${length} bytes of type ${type}`).toEqual([]);
      }
    }
  }
  expect(visible(server)).toBe(before);
});

test("hostile 9: every truncation of every packet of a session, both ways, is met with silence", () => {
  const { server, packets } = captureTraffic();
  const before = visible(server);
  const ways = new Set<number>();
  for (const packet of packets) {
    ways.add(packet[1] as number);
    for (let length = 0; length < packet.length; length++) {
      server.receive(packet.subarray(0, length), STRANGER, 60_000);
      expect(server.poll(60_000), `type ${packet[1]} cut at ${length}`).toEqual([]);
    }
  }
  expect([...ways].toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 0x10]);
  expect(visible(server)).toBe(before);
});

test("hostile 9: every truncation of PING, ACK and path frames ends the session or is the shorter frame", () => {
  const wholes: readonly [string, Parameters<RoguePeer["seal"]>[0]][] = [
    [
      "ack",
      (writer) =>
        writer.ack(
          [
            [70, 90],
            [3, 60],
          ],
          5,
        ),
    ],
    ["pathResponse", (writer) => writer.pathResponse(new Uint8Array(8))],
    ["streamFin", (writer) => writer.stream(2, 0, 3, true).fill(65)],
    ["maxStream", (writer) => writer.maxStream(2, 2 ** 20)],
  ];
  for (const [name, whole] of wholes) {
    const measured = createRoguePeer(startServer(3).server).seal(whole).length - 32;
    for (let cut = 1; cut < measured; cut++) {
      const { server, ear } = startServer(3);
      const peer = createRoguePeer(server);
      peer.send((writer) => writer.ping());
      peer.send((writer) => {
        whole(writer);
        writer.at = cut;
      });
      expect(ear.closes, `${name} cut at ${cut}`).toEqual([expect.objectContaining({ code: "PROTOCOL" })]);
    }
  }
});

test("hostile 18: an INIT with a public key of small order gets silence and makes no session", () => {
  const pair = createSessionPair({ seed: 18 });
  let init: Uint8Array | undefined;
  pair.network.onSend = ({ bytes }) => void (init ??= bytes[1] === 3 ? bytes : undefined);
  pair.network.isCut = () => init !== undefined;
  pair.network.run(1000);
  const ephemeralAt = 106;
  for (const first of [0, 1]) {
    const forged = (init as Uint8Array).slice();
    forged.fill(0, ephemeralAt, ephemeralAt + 32);
    forged[ephemeralAt] = first;
    pair.server.receive(forged, pair.clientNode.address, pair.network.nowMs);
    expect(pair.server.poll(pair.network.nowMs)).toEqual([]);
    expect(pair.server.stats()).toMatchObject({ sessions: 0, cachedAccepts: 0 });
  }
  pair.server.receive(init as Uint8Array, pair.clientNode.address, pair.network.nowMs);
  expect(pair.server.poll(pair.network.nowMs)).toHaveLength(1);
});

test("random and mutated frames by the hundred thousand: no throw, no growth, silence", () => {
  const { server, packets } = captureTraffic();
  const { between } = createSeededRandom(88);
  const at = (length: number): number => Math.floor(between(0, length));
  // Bytes from a pool: making each one anew would be most of the time.
  const pool = createSeededRandom(89).bytes(1 << 16);
  const noise = (length: number): Uint8Array => {
    const from = at(pool.length - length);
    return pool.slice(from, from + length);
  };
  const make = (): Uint8Array => {
    const kind = at(4);
    const bytes =
      kind === 0
        ? noise(at(1300))
        : (packets[at(packets.length)] as Uint8Array).slice(0, at(4) === 0 ? at(1200) : 1200);
    if (kind === 0 && bytes.length > 1) bytes.set([0xf9, 1 + at(31)]);
    else if (kind === 1 && bytes.length > 40) bytes.set(noise(8), 2 + at(30));
    else
      for (let flips = 1 + at(3); flips > 0 && bytes.length > 0; flips--) {
        const index = at(bytes.length);
        bytes[index] = (bytes[index] as number) ^ (1 + at(255));
      }
    return bytes;
  };
  const frames = RUNS * 2500;
  const before = visible(server);
  let answered = 0;
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const bytes = make();
      server.receive(bytes, `203.0.${at(256)}.${at(256)}:${1024 + at(60_000)}`, 60_000 + i / 1000);
      for (const { bytes: answer } of server.poll(60_000)) {
        // A HELLO with another nonce is a HELLO.
        answered++;
        expect(bytes[1]).toBe(1);
        expect(answer.length).toBeLessThan(bytes.length / 2);
      }
    }
  };
  run(Math.ceil(frames / 10));
  const heap = collect();
  run(frames);
  expect(collect() - heap).toBeLessThan(1 << 20);
  expect(visible(server)).toBe(before);
  expect(answered).toBeLessThan(frames / 10);
});

test("random payloads from a client that holds the keys: no throw, and the session goes on or is closed", () => {
  const { between, bytes: random } = createSeededRandom(90);
  let closed = 0;
  for (let round = 0; round < RUNS * 3; round++) {
    const { server, ear } = startServer(4);
    const peer = createRoguePeer(server);
    peer.send((writer) => writer.ping());
    for (let packet = 0; packet < 40 && ear.closes.length === 0; packet++) {
      peer.nextNumber += Math.floor(between(0, 3));
      peer.send((writer) => {
        const length = 1 + Math.floor(between(0, 60));
        writer.bytes.set(random(length), writer.at);
        // Mostly a type that exists.
        writer.bytes[writer.at] = Math.floor(between(0, 13));
        writer.at += length;
      });
    }
    closed += ear.closes.length;
    expect(server.stats().sessions).toBeLessThanOrEqual(1);
    for (const session of server.sessions()) expect(session.bufferedTotal).toBeLessThanOrEqual(1 << 20);
  }
  expect(closed).toBeGreaterThan(RUNS);
});
