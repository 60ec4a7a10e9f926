import fc from "fast-check";
import { expect, test } from "vitest";

import {
  encodeAccept,
  encodeHello,
  encodeInit,
  encodeInitPrologue,
  encodeRetry,
  type Hello,
  parseAccept,
  parseHello,
  parseInit,
  parseRetry,
  type RetryFields,
  tryParseDataHeader,
  writeDataHeader,
} from "../../src/session/packet.ts";

const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: size, maxLength: size });
const versions = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 8 });
const hellos: fc.Arbitrary<Hello> = fc.record({ nonce: bytes(32), versions });
const retries: fc.Arbitrary<RetryFields> = fc.record({
  version: fc.integer({ min: 0, max: 0xffff }),
  epoch: fc.integer({ min: 0, max: 255 }),
  timeS: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  cookie: bytes(16),
  serverKey: bytes(32),
  versions,
});

test("handshake packets come back as they were and have the sizes of the specification", () => {
  fc.assert(
    fc.property(
      hellos,
      retries,
      bytes(8),
      fc.uint8Array({ minLength: 96, maxLength: 300 }),
      (hello, fields, clientCid, message) => {
        const hi = encodeHello(hello);
        expect(hi).toHaveLength(256);
        expect(parseHello(hi)).toEqual(hello);
        const retry = encodeRetry({ nonceHead: hello.nonce.slice(0, 16), fields });
        expect(retry.length).toBeLessThanOrEqual(100);
        expect(parseRetry(retry)).toEqual({ nonceHead: hello.nonce.slice(0, 16), fields });
        const prologue = encodeInitPrologue({ hello, retry: fields, clientCid });
        const init = encodeInit(prologue, message);
        expect(init).toHaveLength(1200);
        expect(parseInit(init)).toEqual({ hello, retry: fields, clientCid, message1: message, prologue });
        const accept = encodeAccept({ clientCid, message2: message });
        expect(parseAccept(accept)).toEqual({ clientCid, message2: message });
      },
    ),
  );
});

const refused = expect.objectContaining({ code: "PROTOCOL" });
const HELLO: Hello = { nonce: new Uint8Array(32).fill(7), versions: [1] };

test("a HELLO of another size, with padding or without versions is refused", () => {
  const hello = encodeHello(HELLO);
  expect(() => parseHello(hello.subarray(0, 255))).toThrow(refused);
  expect(() => parseHello(Buffer.concat([hello, Buffer.alloc(1)]))).toThrow(refused);
  for (const at of [3, 38, 255]) {
    const padded = hello.slice();
    padded[at] = 1;
    expect(() => parseHello(padded)).toThrow(refused);
  }
  for (const count of [0, 9, 255]) {
    const bad = hello.slice();
    bad[2] = count;
    expect(() => parseHello(bad)).toThrow(refused);
  }
});

test("hostile 9: every truncation of a RETRY, INIT and ACCEPT is refused", () => {
  const fields: RetryFields = {
    version: 1,
    epoch: 3,
    timeS: 9,
    cookie: new Uint8Array(16),
    serverKey: new Uint8Array(32),
    versions: [1],
  };
  const retry = encodeRetry({ nonceHead: new Uint8Array(16), fields });
  const init = encodeInit(
    encodeInitPrologue({ hello: HELLO, retry: fields, clientCid: new Uint8Array(8) }),
    new Uint8Array(96),
  );
  const accept = encodeAccept({ clientCid: new Uint8Array(8), message2: new Uint8Array(48) });
  for (let length = 2; length < retry.length; length++)
    expect(() => parseRetry(retry.subarray(0, length))).toThrow(refused);
  for (let length = 2; length < init.length; length += 13)
    expect(() => parseInit(init.subarray(0, length))).toThrow(refused);
  for (let length = 2; length < accept.length; length++)
    expect(() => parseAccept(accept.subarray(0, length))).toThrow(refused);
});

test("a DATA header comes back, and what cannot be DATA is nothing", () => {
  const packet = new Uint8Array(40);
  writeDataHeader(packet, 1, "\u0001\u0002\u0003\u0004\u00f5\u00f6\u00f7\u00f8", 2 ** 47 + 5);
  expect([...packet.subarray(0, 10)]).toEqual([0xf9, 0x11, 1, 2, 3, 4, 0xf5, 0xf6, 0xf7, 0xf8]);
  expect(tryParseDataHeader(packet)).toEqual({ phase: 1, packetNumber: 2 ** 47 + 5 });
  expect(tryParseDataHeader(packet.subarray(0, 32))).toBeUndefined();
  expect(tryParseDataHeader(new Uint8Array(1201).fill(0xf9))).toBeUndefined();
  packet[1] = 0x12;
  expect(tryParseDataHeader(packet)).toBeUndefined();
});
