import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createPartWriter } from "../../src/files/part-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "palaver-part-"));
const createSha256 = () => {
  const hash = createHash("sha256");
  return { update: async (bytes: Uint8Array) => void hash.update(bytes), digest: () => hash.digest() };
};
afterAll(() => rmSync(folder, { recursive: true }));

test("pieces stand one behind the other from where they begin, and in the hash, also where the disk begins early", async () => {
  const path = join(folder, "content.part");
  await using part = await open(path, "w+");
  await part.write(Buffer.from("head"), 0, 4, 0);
  const content = randomBytes(40 << 20);
  const hash = createSha256();
  const writer = createPartWriter(part, 4, content.length, hash);
  for (let at = 0; at < content.length;) {
    const piece = new Uint8Array(content.subarray(at, at + 60_000 + (at % 7)));
    at += piece.length;
    await writer.add(piece);
  }
  await writer.flush();
  const written = readFileSync(path);
  expect(written.subarray(0, 4).toString()).toBe("head");
  expect(written.subarray(4).equals(content)).toBe(true);
  expect(hash.digest()).toEqual(createHash("sha256").update(content).digest());
});

test("more than was expected is written too", async () => {
  const path = join(folder, "more.part");
  await using part = await open(path, "w+");
  const writer = createPartWriter(part, 0, 0, createSha256());
  await writer.add(Buffer.from("three"));
  await writer.flush();
  expect(readFileSync(path, "utf8")).toBe("three");
});

test("what the system refuses is thrown", async () => {
  const path = join(folder, "read-only.part");
  await (await open(path, "w")).close();
  await using part = await open(path, "r");
  const writer = createPartWriter(part, 0, 600_000, createSha256());
  await writer.add(new Uint8Array(600_000));
  await expect(writer.flush()).rejects.toThrow("EBADF");
});
