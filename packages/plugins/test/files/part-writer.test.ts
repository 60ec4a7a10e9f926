import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createPartWriter } from "../../src/files/part-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "palaver-part-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("pieces stand one behind the other from where they begin, also where the disk begins early", async () => {
  const path = join(folder, "content.part");
  await using part = await open(path, "w+");
  await part.write(Buffer.from("head"), 0, 4, 0);
  const content = randomBytes(40 << 20);
  const writer = createPartWriter(part, 4);
  for (let at = 0; at < content.length;) {
    const piece = new Uint8Array(content.subarray(at, at + 60_000 + (at % 7)));
    at += piece.length;
    await writer.add(piece);
  }
  await writer.flush();
  const written = readFileSync(path);
  expect(written.subarray(0, 4).toString()).toBe("head");
  expect(written.subarray(4).equals(content)).toBe(true);
});

test("what the system refuses is thrown", async () => {
  const path = join(folder, "read-only.part");
  await (await open(path, "w")).close();
  await using part = await open(path, "r");
  const writer = createPartWriter(part, 0);
  await writer.add(new Uint8Array(600_000));
  await expect(writer.flush()).rejects.toThrow("EBADF");
});
