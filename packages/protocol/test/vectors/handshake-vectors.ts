import { parseAddressBytes } from "../../src/session/address.ts";
import { createCookieJar } from "../../src/session/cookie.ts";
import { encodeLimits } from "../../src/session/limits.ts";
import { initiate, respond } from "../../src/session/noise.ts";
import {
  encodeAccept,
  encodeHello,
  encodeInit,
  encodeInitPrologue,
  encodeRetry,
  type Hello,
} from "../../src/session/packet.ts";
import { agree, keyPairFrom } from "../../src/session/x25519.ts";
import { clientKeys, HANDSHAKE, serverKeys } from "./handshake-inputs.ts";
import { jsonOf, labelled } from "./vector-bytes.ts";

/** The whole handshake: every packet, the chain of keys, and what both sides hold in the end. */
export function computeHandshake() {
  const { nonce, versions, clientCid, serverCid, clientLimits, serverLimits, timeMs } = HANDSHAKE;
  const hello: Hello = { nonce, versions };
  const address = parseAddressBytes(HANDSHAKE.clientAddress);
  const baked = createCookieJar(HANDSHAKE.cookieSecret).bake(address, hello, timeMs);
  const retry = { ...baked, version: 1, serverKey: serverKeys.publicKey, versions: [1] };
  const prologue = encodeInitPrologue({ hello, retry, clientCid });
  const payload1 = encodeLimits(clientLimits);
  const initiation = initiate({
    staticKeys: clientKeys,
    responderStatic: serverKeys.publicKey,
    prologue,
    ephemeralPrivate: HANDSHAKE.clientEphemeralPrivate,
    payload: payload1,
  });
  const payload2 = new Uint8Array(Buffer.concat([serverCid, encodeLimits(serverLimits)]));
  const { message1 } = initiation;
  const { message2, keys } = respond({ staticKeys: serverKeys, prologue, message1 }).accept(
    payload2,
    HANDSHAKE.serverEphemeralPrivate,
  );
  const clientEphemeral = keyPairFrom(HANDSHAKE.clientEphemeralPrivate);
  const serverEphemeral = keyPairFrom(HANDSHAKE.serverEphemeralPrivate);
  return {
    packets: {
      hello: encodeHello(hello),
      retry: encodeRetry({ nonceHead: nonce.subarray(0, 16), fields: retry }),
      init: encodeInit(prologue, message1),
      accept: encodeAccept({ clientCid, message2 }),
    },
    noise: {
      prologue,
      clientEphemeralPublic: clientEphemeral.publicKey,
      serverEphemeralPublic: serverEphemeral.publicKey,
      dh: {
        es: agree(clientEphemeral.privateKey, serverKeys.publicKey),
        ss: agree(clientKeys.privateKey, serverKeys.publicKey),
        ee: agree(clientEphemeral.privateKey, serverEphemeral.publicKey),
        se: agree(clientKeys.privateKey, serverEphemeral.publicKey),
      },
      payload1,
      message1,
      payload2,
      message2,
      handshakeHash: keys.handshakeHash,
      clientToServerKey: keys.receiveKey,
      serverToClientKey: keys.sendKey,
    },
  };
}

const cookies: readonly { name: string; address: string; versions: number[]; timeMs: number }[] = [
  { name: "IPv4", address: "198.51.100.7:40000", versions: [1], timeMs: HANDSHAKE.timeMs },
  { name: "another port", address: "198.51.100.7:40001", versions: [1], timeMs: HANDSHAKE.timeMs },
  { name: "IPv6", address: "[2001:db8::7]:40000", versions: [1], timeMs: HANDSHAKE.timeMs },
  { name: "IPv4 in IPv6", address: "[::ffff:198.51.100.7]:40000", versions: [1], timeMs: HANDSHAKE.timeMs },
  {
    name: "eight versions",
    address: "192.0.2.1:1",
    versions: [8, 7, 6, 5, 4, 3, 2, 1],
    timeMs: HANDSHAKE.timeMs,
  },
  { name: "the first moment of a rotation", address: "192.0.2.1:65535", versions: [1], timeMs: 60_000 * 255 },
  { name: "a clock that began at 0", address: "192.0.2.1:6666", versions: [1], timeMs: 0 },
];

function cookieCase({ name, address, versions, timeMs }: (typeof cookies)[number]) {
  const nonce = labelled(`cookie: ${name}`);
  const bytes = parseAddressBytes(address);
  const baked = createCookieJar(HANDSHAKE.cookieSecret).bake(bytes, { nonce, versions }, timeMs);
  return { name, address, addressBytes: bytes, nonce, versions, timeMs, ...baked };
}

/** When a cookie that was baked at `timeMs` is honoured, and when not any more. */
function cookieLifetime() {
  const jar = createCookieJar(HANDSHAKE.cookieSecret);
  const address = parseAddressBytes(HANDSHAKE.clientAddress);
  const hello = { nonce: HANDSHAKE.nonce, versions: HANDSHAKE.versions };
  const baked = jar.bake(address, hello, HANDSHAKE.timeMs);
  const retry = { ...baked, version: 1, serverKey: serverKeys.publicKey, versions: [1] };
  const ages = [0, 877, 39_876, 39_877, 99_876, 99_877, 120_000, 15_360_000, -1_000];
  return ages.map((ageMs) => ({
    ageMs,
    isHonoured: jar.check(address, hello, retry, HANDSHAKE.timeMs + ageMs),
  }));
}

/** One handshake with fixed keys, and cookies. */
export function handshakeVectors() {
  return {
    about:
      "One handshake with fixed inputs (docs/protocol.md, Handshake). Whatever is random is the start of SHA-256 of " +
      "`palaver test vector: ` and a label. Keys are raw X25519 keys.",
    inputs: jsonOf({ ...HANDSHAKE, clientPublic: clientKeys.publicKey, serverPublic: serverKeys.publicKey }),
    ...(jsonOf(computeHandshake()) as object),
    cookies: cookies.map((one) => jsonOf(cookieCase(one))),
    cookieLifetime: cookieLifetime(),
  };
}
