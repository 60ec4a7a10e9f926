import { createRequire } from "node:module";

import fc from "fast-check";
import { expect, test } from "vitest";

import { initiate, respond } from "../../src/session/noise.ts";
import { agree, keyPairFrom } from "../../src/session/x25519.ts";
import { createSeededRandom } from "../seeded-random.ts";

interface OracleKeys {
  publicKey: Buffer;
  secretKey: Buffer;
}

interface Oracle {
  e: OracleKeys | null;
  tx: Buffer;
  rx: Buffer;
  hash: Buffer;
  complete: boolean;
  initialise(prologue: Uint8Array, remoteStatic?: Uint8Array): void;
  send(payload?: Uint8Array): Uint8Array;
  recv(message: Uint8Array): Uint8Array;
}

const NoiseState = createRequire(import.meta.url)("noise-handshake") as new (
  pattern: string,
  isInitiator: boolean,
  staticKeys: OracleKeys,
) => Oracle;

function oracleKeys(privateRaw: Uint8Array): OracleKeys {
  return { publicKey: Buffer.from(keyPairFrom(privateRaw).publicKey), secretKey: Buffer.from(privateRaw) };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const inputs = fc.record({
  client: bytes32,
  server: bytes32,
  clientEphemeral: bytes32,
  serverEphemeral: bytes32,
  prologue: fc.uint8Array({ maxLength: 200 }),
  payload1: fc.uint8Array({ maxLength: 100 }),
  payload2: fc.uint8Array({ maxLength: 100 }),
});

test("our initiator and noise-handshake's responder reach the same keys", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const server = oracleKeys(input.server);
      const oracle = new NoiseState("IK", false, server);
      oracle.initialise(input.prologue);
      const initiation = initiate({
        staticKeys: keyPairFrom(input.client),
        responderStatic: server.publicKey,
        prologue: input.prologue,
        ephemeralPrivate: input.clientEphemeral,
        payload: input.payload1,
      });
      expect(Buffer.from(oracle.recv(Buffer.from(initiation.message1)))).toEqual(Buffer.from(input.payload1));
      const { payload, keys } = initiation.readMessage2(oracle.send(Buffer.from(input.payload2)));
      expect(Buffer.from(payload)).toEqual(Buffer.from(input.payload2));
      expect(oracle.complete).toBe(true);
      expect(Buffer.from(keys.sendKey)).toEqual(Buffer.from(oracle.rx));
      expect(Buffer.from(keys.receiveKey)).toEqual(Buffer.from(oracle.tx));
      expect(Buffer.from(keys.handshakeHash)).toEqual(Buffer.from(oracle.hash));
    }),
    { numRuns: 30 },
  );
});

test("noise-handshake's initiator and our responder reach the same keys", () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const server = keyPairFrom(input.server);
      const oracle = new NoiseState("IK", true, oracleKeys(input.client));
      oracle.initialise(input.prologue, Buffer.from(server.publicKey));
      const message1 = oracle.send(Buffer.from(input.payload1));
      const response = respond({ staticKeys: server, prologue: input.prologue, message1 });
      expect(Buffer.from(response.payload)).toEqual(Buffer.from(input.payload1));
      expect(Buffer.from(response.remoteStatic)).toEqual(Buffer.from(keyPairFrom(input.client).publicKey));
      const { message2, keys } = response.accept(input.payload2, input.serverEphemeral);
      expect(Buffer.from(oracle.recv(Buffer.from(message2)))).toEqual(Buffer.from(input.payload2));
      expect(Buffer.from(keys.sendKey)).toEqual(Buffer.from(oracle.rx));
      expect(Buffer.from(keys.receiveKey)).toEqual(Buffer.from(oracle.tx));
    }),
    { numRuns: 30 },
  );
});

test("X25519 agrees with the iterated vectors of RFC 7748 section 5.2", () => {
  let k: Uint8Array = Buffer.from("09".padEnd(64, "0"), "hex");
  let u: Uint8Array = k;
  for (let i = 1; i <= 1000; i++) {
    const shared = agree(keyPairFrom(k).privateKey, u);
    u = k;
    k = shared;
    if (i === 1) expect(hex(k)).toBe("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
  }
  expect(hex(k)).toBe("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
});

const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

test.each(SMALL_ORDER)("hostile 18: the small-order key %s is refused", (key) => {
  const own = keyPairFrom(createSeededRandom(1).bytes(32));
  expect(() => agree(own.privateKey, Buffer.from(key, "hex"))).toThrow(
    expect.objectContaining({ code: "AUTH" }),
  );
});

test("a forged answer is refused and the true one still accepted", () => {
  const random = createSeededRandom(2).bytes;
  const server = keyPairFrom(random(32));
  const prologue = random(50);
  const initiation = initiate({
    staticKeys: keyPairFrom(random(32)),
    responderStatic: server.publicKey,
    prologue,
    ephemeralPrivate: random(32),
    payload: random(8),
  });
  const response = respond({ staticKeys: server, prologue, message1: initiation.message1 });
  const { message2, keys } = response.accept(random(20), random(32));
  for (let at = 0; at < message2.length; at++) {
    // The highest bit of a public key is ignored by X25519, but not by the hash.
    const forged = Buffer.from(message2);
    forged[at] = (forged[at] as number) ^ 0x80;
    expect(() => initiation.readMessage2(forged)).toThrow(expect.objectContaining({ code: "AUTH" }));
  }
  expect(Buffer.from(initiation.readMessage2(message2).keys.sendKey)).toEqual(Buffer.from(keys.receiveKey));
});

test("a first message under another prologue or another server key is refused", () => {
  const random = createSeededRandom(3).bytes;
  const server = keyPairFrom(random(32));
  const prologue = random(50);
  const { message1 } = initiate({
    staticKeys: keyPairFrom(random(32)),
    responderStatic: server.publicKey,
    prologue,
    ephemeralPrivate: random(32),
    payload: random(8),
  });
  const refused = expect.objectContaining({ code: "AUTH" });
  expect(() => respond({ staticKeys: server, prologue: random(50), message1 })).toThrow(refused);
  expect(() => respond({ staticKeys: keyPairFrom(random(32)), prologue, message1 })).toThrow(refused);
});
