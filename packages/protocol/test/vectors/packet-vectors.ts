import {
  encodeAccept,
  encodeHello,
  encodeInit,
  encodeInitPrologue,
  encodeRetry,
  parseAccept,
  parseHello,
  parseInit,
  parseRetry,
  tryParseDataHeader,
} from "../../src/session/packet.ts";
import { errorOf, hex, jsonOf, labelled } from "./vector-bytes.ts";

const nonce = labelled("packet nonce");
const clientCid = labelled("packet client cid", 8);
const retry = {
  version: 1,
  epoch: 0xd5,
  timeS: 0xfedc_ba98,
  cookie: labelled("packet cookie", 16),
  serverKey: labelled("packet server key"),
  versions: [1],
};
const manyVersions = [0xffff, 7, 6, 5, 4, 3, 2, 1];
const message1 = (size: number): Uint8Array => new Uint8Array(size).fill(0xa5);
const init = (versions: readonly number[], size: number): Uint8Array => {
  const prologue = encodeInitPrologue({
    hello: { nonce, versions },
    retry: { ...retry, versions },
    clientCid,
  });
  return encodeInit(prologue, message1(size));
};

const hellos: readonly (readonly [string, Uint8Array])[] = [
  ["one version", encodeHello({ nonce, versions: [1] })],
  ["eight versions", encodeHello({ nonce, versions: manyVersions })],
];
const retries: readonly (readonly [string, Uint8Array])[] = [
  ["one version", encodeRetry({ nonceHead: nonce.subarray(0, 16), fields: retry })],
  ["a server without a common version", encodeRetry({ nonceHead: nonce.subarray(0, 16), fields: { ...retry, version: 0, versions: [2] } })], // prettier-ignore
  [
    "eight versions",
    encodeRetry({ nonceHead: nonce.subarray(0, 16), fields: { ...retry, versions: manyVersions } }),
  ],
];
const inits: readonly (readonly [string, Uint8Array])[] = [
  ["one version, limits of 14 bytes", init([1], 110)],
  ["the shortest message", init([1], 96)],
  ["eight versions", init(manyVersions, 128)],
];
const accepts: readonly (readonly [string, Uint8Array])[] = [
  ["the shortest message", encodeAccept({ clientCid, message2: message1(48) })],
  ["the longest message", encodeAccept({ clientCid, message2: message1(390) })],
];

const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
};
const [[, hello] = ["", new Uint8Array()]] = hellos;
const [[, retryBytes] = ["", new Uint8Array()]] = retries;
const [[, initBytes] = ["", new Uint8Array()]] = inits;
const [[, accept] = ["", new Uint8Array()]] = accepts;
/** Position of the length of message 1 with one version on either side. */
const messageLengthAt = initBytes.length - 1200 + 2 + 2 + 32 + 2 + 2 + 1 + 4 + 16 + 32 + 1 + 2 + 8;

type Parse = (bytes: Uint8Array) => unknown;
const malformed: readonly (readonly [string, string, Parse, Uint8Array])[] = [
  ["hello", "255 bytes", parseHello, hello.slice(0, 255)],
  ["hello", "257 bytes", parseHello, new Uint8Array(Buffer.concat([hello, Uint8Array.of(0)]))],
  ["hello", "no version", parseHello, changed(hello, 2, 0)],
  ["hello", "nine versions", parseHello, changed(hello, 2, 9)],
  ["hello", "a reserved byte that is not zero", parseHello, changed(hello, 3, 1)],
  ["hello", "padding that is not zero", parseHello, changed(hello, 255, 1)],
  ["retry", "a byte too few", parseRetry, retryBytes.slice(0, -1)],
  ["retry", "a byte too many", parseRetry, new Uint8Array(Buffer.concat([retryBytes, Uint8Array.of(0)]))],
  ["retry", "no version", parseRetry, changed(retryBytes, 73, 0).slice(0, 74)],
  ["init", "1199 bytes", parseInit, initBytes.slice(0, 1199)],
  ["init", "1201 bytes", parseInit, new Uint8Array(Buffer.concat([initBytes, Uint8Array.of(0)]))],
  ["init", "padding that is not zero", parseInit, changed(initBytes, 1199, 1)],
  ["init", "a message of 95 bytes", parseInit, changed(initBytes, messageLengthAt + 1, 95)],
  ["init", "a message beyond the packet", parseInit, changed(initBytes, messageLengthAt, 0xff)],
  ["accept", "a message of 47 bytes", parseAccept, accept.slice(0, -1)],
  [
    "accept",
    "401 bytes",
    parseAccept,
    new Uint8Array(Buffer.concat([accept, new Uint8Array(401 - accept.length)])),
  ],
];

const cid = labelled("packet destination cid", 8);
const data = (type: number, packetNumber: number, sealedBytes: number): Uint8Array => {
  const number = Buffer.alloc(6);
  number.writeUIntBE(packetNumber, 0, 6);
  const sealed = labelled("sealed", 32).slice(0, sealedBytes);
  return new Uint8Array(Buffer.concat([Uint8Array.of(0xf9, type), cid, number, sealed]));
};
const dataPackets: readonly (readonly [string, Uint8Array])[] = [
  ["key phase 0, packet 0, one byte of payload", data(0x10, 0, 17)],
  ["key phase 1, a large number", data(0x11, 2 ** 47 + 1, 20)],
  ["no payload: too short to be one", data(0x10, 0, 16)],
  ["cut in the header", data(0x10, 0, 0).slice(0, 12)],
  ["the largest", new Uint8Array(Buffer.concat([data(0x10, 7, 0), new Uint8Array(1184)]))],
  ["a byte larger", new Uint8Array(Buffer.concat([data(0x10, 7, 0), new Uint8Array(1185)]))],
  ["an unknown type", data(0x12, 0, 17)],
];

const parsed = (cases: readonly (readonly [string, Uint8Array])[], parse: Parse) =>
  cases.map(([name, bytes]) => ({ name, packet: hex(bytes), fields: jsonOf(parse(bytes)) }));

/** Packets that are not encrypted, and the headers of those that are. */
export function packetVectors() {
  return {
    about:
      "Packets byte by byte (docs/protocol.md, Packets). Messages of Noise are filler here; see handshake.json. " +
      "A datagram that can be no DATA packet has no `header`.",
    hello: parsed(hellos, parseHello),
    retry: parsed(retries, parseRetry),
    init: parsed(inits, parseInit),
    accept: parsed(accepts, parseAccept),
    data: dataPackets.map(([name, bytes]) => {
      const header = tryParseDataHeader(bytes);
      return { name, packet: hex(bytes), ...(header && { header: { ...header, destinationCid: hex(cid) } }) };
    }),
    malformed: malformed.map(([type, name, parse, bytes]) => ({
      type,
      name,
      packet: hex(bytes),
      error: errorOf(() => parse(bytes)),
    })),
  };
}
