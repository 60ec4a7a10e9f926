import { expect, test } from "vitest";

import { createClientSession, keyPairFrom } from "../../src/session/index.ts";
import { createSeededRandom } from "../seeded-random.ts";
import { createSessionPair, Ear, SERVER_ADDRESS } from "../session-pair.ts";

const TYPE_INIT = 3;

test("the hub's key is offered before anything but a HELLO is sent, and a refusal ends it there", () => {
  const offered: Uint8Array[] = [];
  const pair = createSessionPair({
    client: {
      acceptServerKey: (key) => {
        offered.push(key);
        return false;
      },
    },
  });
  const types: number[] = [];
  pair.network.onSend = ({ from, bytes }) => {
    if (from !== SERVER_ADDRESS) types.push(bytes[1] as number);
  };
  pair.network.run(30_000);
  expect(offered).toEqual([pair.server.publicKey]);
  expect(types).toEqual([1]);
  expect(pair.clientEar.closes).toEqual([
    { code: "AUTH", text: "the hub's key is not the expected one", by: "self" },
  ]);
  expect(pair.client.nextTimeout()).toBeUndefined();
});

test("a key other than the pinned one is refused before INIT", () => {
  const pair = createSessionPair({ client: { serverKey: new Uint8Array(32).fill(9) } });
  let hasInit = false;
  pair.network.onSend = ({ bytes }) => void (hasInit ||= bytes[1] === TYPE_INIT);
  pair.network.run(30_000);
  expect(hasInit).toBe(false);
  expect(pair.clientEar.closes).toEqual([expect.objectContaining({ code: "AUTH" })]);
});

test("a hub that lies about its key in RETRY never becomes a session", () => {
  const staticKey = createSeededRandom(4).bytes(32);
  const liar = keyPairFrom(createSeededRandom(5).bytes(32)).publicKey;
  const pair = createSessionPair({ server: { staticKey } });
  const receive = pair.client.receive.bind(pair.client);
  pair.client.receive = (bytes, from, nowMs) => {
    const forged = bytes.slice();
    if (bytes[1] === 2) forged.set(liar, 41);
    receive(forged, from, nowMs);
  };
  let seen: Uint8Array | undefined;
  pair.network.onSend = ({ bytes }) => void (seen ??= bytes[1] === 2 ? bytes.slice(41, 73) : undefined);
  pair.network.run(30_000);
  expect(seen).toEqual(pair.server.publicKey);
  expect(pair.clientEar.closes).toEqual([expect.objectContaining({ code: "TIMEOUT" })]);
  expect(pair.server.stats().sessions).toBe(0);
});

test("hostile 16: a version list altered on the way makes the handshake fail", () => {
  for (const type of [1, 2, 3]) {
    const pair = createSessionPair({ seed: type });
    const alter = (bytes: Uint8Array): Uint8Array => {
      if (bytes[1] !== type) return bytes;
      const forged = bytes.slice();
      // One more version than was said: in HELLO and INIT the client's, in RETRY the hub's.
      if (type === 2) forged[bytes.length - 1] = 2;
      else forged[37] = 2;
      return forged;
    };
    const [serverReceive, clientReceive] = [
      pair.server.receive.bind(pair.server),
      pair.client.receive.bind(pair.client),
    ];
    pair.server.receive = (bytes, from, nowMs) => serverReceive(alter(bytes), from, nowMs);
    pair.client.receive = (bytes, from, nowMs) => clientReceive(alter(bytes), from, nowMs);
    pair.network.run(30_000);
    expect(pair.client.state, `type ${type}`).toBe("closed");
    expect(pair.server.stats().sessions).toBe(0);
  }
});

test("hostile 2, 3: an INIT with a bad cookie, or from another address, costs no Diffie–Hellman and no answer", () => {
  const pair = createSessionPair();
  let init: Uint8Array | undefined;
  pair.network.onSend = ({ bytes }) => void (init ??= bytes[1] === TYPE_INIT ? bytes : undefined);
  pair.network.isCut = () => init !== undefined;
  pair.network.run(1000);
  const { nowMs } = pair.network;
  const real = init as Uint8Array;
  pair.server.receive(real, "198.51.100.8:40000", nowMs);
  pair.server.receive(real, "198.51.100.7:40001", nowMs);
  for (const at of [4, 40, 44, 47, 50, 63, 70]) {
    const forged = real.slice();
    forged[at] = (forged[at] as number) ^ 1;
    pair.server.receive(forged, "198.51.100.7:40000", nowMs);
  }
  expect(pair.server.poll(nowMs)).toEqual([]);
  expect(pair.server.stats()).toMatchObject({ handshakes: 0, sessions: 0 });
  pair.server.receive(real, "198.51.100.7:40000", nowMs);
  expect(pair.server.poll(nowMs)).toHaveLength(1);
  expect(pair.server.stats()).toMatchObject({ handshakes: 1, sessions: 1 });
});

test("an unwelcome client key gets silence", () => {
  const pair = createSessionPair({ server: { acceptClientKey: () => false } });
  pair.network.run(30_000);
  expect(pair.clientEar.closes).toEqual([expect.objectContaining({ code: "TIMEOUT", by: "silence" })]);
  expect(pair.server.stats().sessions).toBe(0);
});

test("without an answer the client gives up after its time and leaves no timer", () => {
  const ear = new Ear();
  const random = createSeededRandom(1).bytes;
  const client = createClientSession({
    identity: random(32),
    serverAddress: SERVER_ADDRESS,
    random,
    events: ear,
    handshakeTimeoutMs: 3000,
    nowMs: 0,
  });
  let sent = 0;
  for (let due = client.nextTimeout(); due !== undefined; due = client.nextTimeout())
    sent += client.poll(due).length;
  expect(ear.closes).toEqual([{ code: "TIMEOUT", text: "the hub does not answer", by: "silence" }]);
  expect(sent).toBeGreaterThan(5);
  expect(sent).toBeLessThan(20);
});

test("at 30 % loss nearly every handshake is done within two seconds, and every one in the end", () => {
  const times: number[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    const pair = createSessionPair({
      seed,
      conditions: { loss: 0.3 },
      client: { handshakeTimeoutMs: 60_000 },
    });
    pair.connect();
    times.push(pair.network.nowMs);
  }
  times.sort((a, b) => a - b);
  expect(times[90]).toBeLessThan(2500);
});

test("routing bytes stand in front of every connection id", () => {
  const pair = createSessionPair({ server: { routingBytes: Uint8Array.of(0xab, 0xcd) } });
  pair.connect();
  const cids: number[][] = [];
  pair.network.onSend = ({ to, bytes }) => {
    if (to === SERVER_ADDRESS) cids.push([...bytes.subarray(2, 4)]);
  };
  pair.client.ping();
  pair.network.run(pair.network.nowMs + 100);
  expect(cids).toContainEqual([0xab, 0xcd]);
  expect(new Set(cids.map(String)).size).toBe(1);
});

test("a client that hears its ACCEPT late, when all before were lost, is let in", () => {
  for (let cutUntilMs = 4000; cutUntilMs <= 6600; cutUntilMs += 50) {
    const pair = createSessionPair();
    const { network } = pair;
    // The RETRY passes.
    network.isCut = (from) => from === SERVER_ADDRESS && network.nowMs > 50 && network.nowMs < cutUntilMs;
    expect(
      network.run(15_000, () => pair.serverEar.sessions.length === 1),
      `${cutUntilMs} ms`,
    ).toBe(true);
  }
});
