import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";

import { type Aead, nodeAead } from "../../src/session/aead.ts";
import { tryLoadNativeAead } from "../../src/session/native-aead.ts";
import { ReceiveStream } from "../../src/session/receive-stream.ts";

const native = await tryLoadNativeAead();
const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => 0x80 + i));
const SIZES = [0, 1, 63, 64, 65, 1168, 16_352, 64_968];

function sealed(aead: Aead, counter: number, plaintext: Uint8Array, aad = Buffer.from("header")): Buffer {
  const target = Buffer.alloc(3 + plaintext.length + 16);
  aead.sealInto(target, 3, KEY, counter, aad, plaintext);
  return target.subarray(3);
}

test("koffi reaches the OpenSSL of this Node; without it sessions cost three times as much: pnpm install", () => {
  expect(native).toBeDefined();
});

test.each([
  ["node's", nodeAead],
  ["the native", native as Aead],
])("%s seals as RFC 8439 and Noise have it, and opens that and nothing else", (_, aead) => {
  for (const size of SIZES) {
    for (const counter of [0, 7, 2 ** 32 + 5, 2 ** 48 - 1]) {
      const plaintext = Buffer.from(Array.from({ length: size }, (_unused, i) => i & 0xff));
      const nonce = Buffer.alloc(12);
      nonce.writeBigUInt64LE(BigInt(counter), 4);
      const cipher = createCipheriv("chacha20-poly1305", KEY, nonce, { authTagLength: 16 });
      cipher.setAAD(Buffer.from("header"), { plaintextLength: size });
      const expected = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      const bytes = sealed(aead, counter, plaintext);
      expect(bytes.equals(expected)).toBe(true);

      const open = (with_: Partial<{ counter: number; aad: string; bytes: Uint8Array; key: Uint8Array }>) =>
        aead.tryOpen(
          with_.key ?? KEY,
          with_.counter ?? counter,
          Buffer.from(with_.aad ?? "header"),
          with_.bytes ?? bytes,
        );
      expect(plaintext.equals(open({}) as Uint8Array)).toBe(true);
      expect(open({ counter: counter + 1 })).toBeUndefined();
      expect(open({ aad: "Header" })).toBeUndefined();
      expect(open({ key: new Uint8Array(32) })).toBeUndefined();
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const forged = Buffer.from(bytes);
        forged[at] = (forged[at] as number) ^ 1;
        expect(open({ bytes: forged })).toBeUndefined();
      }
      expect(open({ bytes: bytes.subarray(0, -1) })).toBeUndefined();
      // What was refused leaves nothing behind.
      expect(plaintext.equals(open({}) as Uint8Array)).toBe(true);
    }
  }
});

test("a stream keeps what it was given, though the memory of the opened packet is used again", () => {
  const open = (counter: number, text: string) =>
    native?.tryOpen(
      KEY,
      counter,
      Buffer.alloc(0),
      sealed(native, counter, Buffer.from(text), Buffer.alloc(0)),
    );
  const stream = new ReceiveStream(100);
  stream.insert(3, open(1, "two") as Uint8Array, false);
  stream.insert(0, open(2, "one") as Uint8Array, false);
  open(3, "six");
  expect([stream.read(), stream.read()].map(String)).toEqual(
    ["one", "two"].map((text) => Buffer.from(text).join()),
  );
});

test("what is shorter than a tag or longer than a datagram is refused", () => {
  for (const size of [0, 15, 70_000]) {
    expect(native?.tryOpen(KEY, 1, Buffer.alloc(0), new Uint8Array(size))).toBeUndefined();
  }
});
