import fc from "fast-check";
import { expect, test, vi } from "vitest";

import { classify } from "../../src/classify.ts";
import { createServerEndpoint, type Session, type SessionStats } from "../../src/session/index.ts";
import { createSeededRandom } from "../seeded-random.ts";
import { createSessionPair, Ear, SERVER_ADDRESS } from "../session-pair.ts";
import { type Machine, SimulatedNetwork, type TraceEntry } from "../simulated-network.ts";
import { REGRESSIONS, expectPrefixes, play, schedules } from "./schedules.ts";

vi.setConfig({ testTimeout: 600_000 });

// Together with the shares below, two thousand schedules.
const RUNS = Number(process.env["PALAVER_RUNS"] ?? 800);

test("1: a stream delivers a prefix of what was sent, and all of it once the network heals", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const { pair, sent, isComplete } = play(schedule);
      expect(pair.clientEar.closes).toEqual([]);
      expect(pair.serverEar.closes).toEqual([]);
      expect(isComplete).toBe(true);
      expectPrefixes(pair, sent);
    }),
    { numRuns: RUNS, examples: REGRESSIONS },
  );
});

test("3, hostile 1: no address gets more than its share before it is proven, and strangers leave no state", () => {
  const ear = new Ear();
  const random = createSeededRandom(3);
  const server = createServerEndpoint({ staticKey: random.bytes(32), random: random.bytes, events: ear });
  const before = server.stats();
  let bytesIn = 0;
  let bytesOut = 0;
  for (let i = 0; i < 100_000; i++) {
    const hello = new Uint8Array(256);
    hello.set([0xf9, 1, 1, 0]);
    hello.set(random.bytes(32), 4);
    hello.set([0, 1], 36);
    bytesIn += hello.length;
    server.receive(hello, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:99`, i / 10);
    for (const { bytes } of server.poll(i / 10)) bytesOut += bytes.length;
  }
  expect(server.stats().retriesSent).toBe(100_000);
  expect(bytesOut).toBeLessThan(bytesIn / 2);
  expect({ ...server.stats(), retriesSent: 0 }).toEqual(before);
  expect(server.nextTimeout()).toBeUndefined();
});

test("4: a key and packet number are never used twice", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const seen = new Set<string>();
      for (const { bytes } of play(schedule).trace) {
        if ((bytes[1] as number) < 0x10) continue;
        const header = Buffer.from(bytes.subarray(1, 16)).toString("latin1");
        expect(seen.has(header)).toBe(false);
        seen.add(header);
      }
      expect(seen.size).toBeGreaterThan(0);
    }),
    { numRuns: RUNS / 4 },
  );
});

/** All of a session that can be seen from outside. */
function snapshot(session: Session): string {
  return JSON.stringify([session.stats(), session.nextTimeout(), session.state, session.bufferedTotal]);
}

test("5: no flipped bit in a DATA packet changes any state", () => {
  const pair = createSessionPair({ seed: 5 });
  pair.connect();
  pair.network.run(pair.network.nowMs + 200);
  pair.client.write(0, Buffer.from("to be damaged"));
  const packet = pair.client.poll(pair.network.nowMs)[0]?.bytes as Uint8Array;
  const session = pair.serverSession();
  pair.server.poll(pair.network.nowMs);
  const before = snapshot(session);
  for (let bit = 0; bit < packet.length * 8; bit++) {
    const damaged = packet.slice();
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    session.receive(damaged, pair.clientNode.address, pair.network.nowMs);
    expect(snapshot(session), `bit ${bit}`).toBe(before);
  }
  session.receive(packet, pair.clientNode.address, pair.network.nowMs);
  expect(pair.serverEar.text(0)).toBe("to be damaged");
});

test("6: a captured trace played again changes nothing", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const delivered: TraceEntry[] = [];
      const { pair } = play(schedule, ({ network }) => {
        network.onDeliver = (entry) => delivered.push(entry);
      });
      const { network } = pair;
      network.run(network.nowMs + 5000);
      network.onDeliver = undefined;
      expect(delivered.length).toBeGreaterThan(0);
      const data = [pair.serverEar, pair.clientEar].map((ear) => JSON.stringify([...ear.data]));
      const sessions = [pair.client, pair.serverSession()];
      const counts = sessions.map((session) => session.stats().packetsIn);
      const clientMs = network.nowMs + pair.clientNode.clockSkewMs;
      for (const { to, from, bytes } of delivered) {
        if (to === SERVER_ADDRESS) pair.server.receive(bytes, from, network.nowMs);
        else pair.client.receive(bytes, from, clientMs);
      }
      expect(sessions.map((session) => session.stats().packetsIn)).toEqual(counts);
      expect([pair.serverEar, pair.clientEar].map((ear) => JSON.stringify([...ear.data]))).toEqual(data);
      expect(pair.serverEar.sessions).toHaveLength(1);
      expect(pair.server.stats().sessions).toBe(1);
    }),
    { numRuns: RUNS / 4 },
  );
});

test("7: what is in flight stays within the window except for probes, and buffers within their caps", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      let checks = 0;
      play(schedule, (pair) => {
        const poll = pair.client.poll.bind(pair.client);
        pair.client.poll = (nowMs) => {
          const before: SessionStats = pair.client.stats();
          const datagrams = poll(nowMs);
          const after = pair.client.stats();
          if (after.inFlightBytes > before.inFlightBytes && after.probeCount === 0) {
            checks++;
            expect(after.inFlightBytes).toBeLessThanOrEqual(Math.max(after.windowBytes, before.windowBytes));
          }
          expect(pair.client.bufferedTotal).toBeLessThanOrEqual(1 << 20);
          return datagrams;
        };
      });
      expect(checks).toBeGreaterThan(0);
    }),
    { numRuns: RUNS / 2 },
  );
});

test("9: rebinding converges on the last address", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const { pair } = play({ ...schedule, rebinds: [...schedule.rebinds, 6500] });
      const { network } = pair;
      pair.client.write(0, Buffer.from("here I am"));
      network.run(network.nowMs + 5000);
      expect(pair.serverSession().address).toBe(pair.clientNode.address);
    }),
    { numRuns: RUNS / 2, examples: REGRESSIONS },
  );
});

test("10: any bytes in: no exception, no answer, no state", () => {
  const pair = createSessionPair({ seed: 10 });
  pair.connect();
  const real: Uint8Array[] = [];
  pair.network.onSend = ({ bytes }) => real.push(bytes);
  const again = createSessionPair({ seed: 11 });
  again.network.onSend = ({ bytes }) => real.push(bytes);
  again.connect();
  pair.client.write(0, Buffer.from("hello"));
  pair.network.run(pair.network.nowMs + 500);
  const nowMs = pair.network.nowMs;
  const session = pair.serverSession();
  const before = snapshot(session);
  const strangers: fc.Arbitrary<Uint8Array> = fc.oneof(
    fc.uint8Array({ maxLength: 1300 }),
    fc
      .tuple(fc.integer({ min: 1, max: 31 }), fc.uint8Array({ maxLength: 1300 }))
      .map(([type, rest]) => Uint8Array.from([0xf9, type, ...rest])),
    fc
      .tuple(fc.constantFrom(...real), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(1300))
      .map(([bytes, at, mask, length]) => {
        const mutated = bytes.slice(0, length % 3 === 0 ? length : bytes.length);
        if (mutated.length > 0)
          mutated[at % mutated.length] = (mutated[at % mutated.length] as number) ^ mask;
        return mutated;
      }),
  );
  fc.assert(
    fc.property(strangers, (bytes) => {
      const { sessions } = pair.server.stats();
      pair.server.receive(bytes, "203.0.113.5:5", nowMs);
      pair.client.receive(bytes, SERVER_ADDRESS, nowMs);
      session.receive(bytes, "203.0.113.5:5", nowMs);
      const out = pair.server.poll(nowMs);
      // Only a whole HELLO is answered, with less than it was.
      expect(out.reduce((sum, datagram) => sum + datagram.bytes.length, 0)).toBeLessThan(
        Math.max(1, bytes.length),
      );
      expect(pair.server.stats().sessions).toBe(sessions);
    }),
    { numRuns: RUNS * 250 },
  );
  expect(snapshot(session)).toBe(before);
});

test("11: the same seed gives the same trace", () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const [first, second] = [play(schedule), play(schedule)].map(({ trace }) =>
        trace.map(
          ({ atMs, from, to, bytes }) => `${atMs} ${from} ${to} ${Buffer.from(bytes).toString("base64")}`,
        ),
      );
      expect(first).toEqual(second);
    }),
    { numRuns: Math.ceil(RUNS / 10) },
  );
});

test("12: a closed session leaves no timer on either side", () => {
  fc.assert(
    fc.property(schedules, fc.boolean(), (schedule, byServer) => {
      const { pair } = play({ ...schedule, jumpMs: 0 });
      // A client that moved in silence can't be told: first it is heard from where it is now.
      pair.client.ping();
      pair.network.run(pair.network.nowMs + 5000);
      const closer = byServer ? pair.serverSession() : pair.client;
      closer.close("SHUTDOWN", "enough");
      pair.network.run(pair.network.nowMs + 10_000);
      expect(pair.client.nextTimeout()).toBeUndefined();
      expect(pair.client.state).toBe("closed");
      expect(pair.server.stats().sessions).toBe(0);
      expect([pair.clientEar.closes, pair.serverEar.closes]).toEqual([
        [{ code: "SHUTDOWN", text: "enough", by: byServer ? "peer" : "self" }],
        [{ code: "SHUTDOWN", text: "enough", by: byServer ? "self" : "peer" }],
      ]);
      pair.network.run(pair.network.nowMs + 120_000);
      expect(pair.server.nextTimeout()).toBeUndefined();
    }),
    { numRuns: RUNS / 4 },
  );
});

test("13: text never classifies as a frame", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      fc.pre(text.length > 0);
      expect(classify(Buffer.from(text))).toBe("text");
    }),
  );
  for (const encoding of ["utf-8", "gbk", "big5", "shift_jis", "euc-kr"]) {
    const decoder = new TextDecoder(encoding, { fatal: true });
    for (let kind = 0x01; kind <= 0x1f; kind++) {
      expect(classify(Uint8Array.of(0xf9, kind))).toBe("frame");
      expect(() => decoder.decode(Uint8Array.of(0xf9, kind)), `${encoding} ${kind}`).toThrow();
    }
  }
});

test("a network that never heals does not make a machine spin", () => {
  const network = new SimulatedNetwork(1, { loss: 1 });
  const pair = createSessionPair({ seed: 1 });
  pair.connect();
  const lonely: Machine = pair.client;
  network.nowMs = pair.network.nowMs;
  network.attach("198.51.100.7:40000", lonely);
  pair.client.write(0, Buffer.alloc(200_000));
  let sent = 0;
  network.onSend = () => void sent++;
  network.run(network.nowMs + 600_000);
  expect(sent).toBeGreaterThan(20);
  expect(sent).toBeLessThan(600);
});
