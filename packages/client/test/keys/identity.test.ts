import { keyPairFrom } from "@palaver/protocol";
import { execFileSync } from "node:child_process";
import { chmod, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { publicKeyOf, readOrCreateIdentity } from "../../src/index.ts";
import { makeConfigDir } from "../client-harness.ts";

test("an identity is made once, for its owner only, also when several clients start together", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "palaver", "identity");
  const keys = await Promise.all(Array.from({ length: 8 }, () => readOrCreateIdentity(file)));
  expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(1);
  expect(keys[0]).toHaveLength(32);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(config.path, "palaver"))).mode & 0o777).toBe(0o700);
  expect(await readdir(join(config.path, "palaver"))).toEqual(["identity"]);
  const { publicKey } = keyPairFrom(keys[0]!);
  expect(await publicKeyOf(file)).toBe(Buffer.from(publicKey).toString("base64url"));
});

test("a file that others can read, or that holds no key, is refused by name", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "identity");
  await readOrCreateIdentity(file);
  await chmod(file, 0o640);
  await expect(readOrCreateIdentity(file)).rejects.toThrow(
    `others can read the identity ${file}; run: chmod 600`,
  );
  await chmod(file, 0o600);
  await writeFile(file, "not a key\n");
  await expect(readOrCreateIdentity(file)).rejects.toThrow(`${file} holds no identity`);
  await expect(readOrCreateIdentity(config.path)).rejects.toThrow("is no file");
  // Nobody will ever write to it.
  const fifo = join(config.path, "fifo");
  execFileSync("mkfifo", ["-m", "600", fifo]);
  await expect(readOrCreateIdentity(fifo)).rejects.toThrow("is no file");
});
