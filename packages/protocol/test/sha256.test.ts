import { createHash, randomBytes } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { loadNativeCrypto } from "../src/native-crypto.ts";
import { createNodeSha256, type Sha256, tryLoadNativeSha256 } from "../src/sha256.ts";

let native: (() => Sha256) | undefined;

beforeAll(async () => {
  native = await tryLoadNativeSha256();
});

test("this machine hashes beside everything else", async () => {
  expect(native).toBeDefined();
  expect(await loadNativeCrypto()).toBe(true);
});

describe.each([
  ["in our own time", createNodeSha256],
  ["beside everything else", () => native!()],
])("worked out %s", (_how, create) => {
  test("it is that of all bytes, however they are cut, and more may follow", async () => {
    const bytes = randomBytes(300_000);
    const hash = create();
    expect(hash.digest()).toEqual(createHash("sha256").digest());
    for (const [from, to] of [
      [0, 1],
      [1, 64],
      [64, 64],
      [64, 200_000],
      [200_000, 300_000],
    ] as const) {
      await hash.update(bytes.subarray(from, to));
      expect(hash.digest()).toEqual(createHash("sha256").update(bytes.subarray(0, to)).digest());
    }
  });

  test("several at once do not mix", async () => {
    const texts = Array.from({ length: 20 }, () => randomBytes(100_000));
    const digests = await Promise.all(
      texts.map(async (text) => {
        const hash = create();
        await hash.update(text);
        await hash.update(text);
        return hash.digest();
      }),
    );
    expect(digests).toEqual(texts.map((text) => createHash("sha256").update(text).update(text).digest()));
  });
});
