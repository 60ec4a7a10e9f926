import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openKnownHosts } from "../../src/keys/known-hosts.ts";
import { makeConfigDir } from "../client-harness.ts";

const key = (byte: number) => new Uint8Array(32).fill(byte);

test("keys are kept by host and port, with their line and day, for their owner only", async () => {
  await using config = await makeConfigDir();
  const folder = join(config.path, "palaver");
  const hosts = openKnownHosts(folder);
  expect(hosts.find("a.example:6666")).toBeUndefined();
  hosts.remember("a.example:6666", key(1));
  appendFileSync(hosts.file, "# a comment without an end");
  hosts.remember("[::1]:7000", key(2));
  const day = expect.stringMatching(/^\d{4}-\d\d-\d\d$/);
  expect(hosts.find("a.example:6666")).toEqual({ key: key(1), since: day, line: 1 });
  expect(hosts.find("[::1]:7000")).toEqual({ key: key(2), since: day, line: 3 });
  expect(hosts.find("a.example:7000")).toBeUndefined();
  expect(statSync(hosts.file).mode & 0o777).toBe(0o600);
});

test("a line without a day is read, and a damaged one never passes for an unknown hub", async () => {
  await using config = await makeConfigDir();
  const hosts = openKnownHosts(config.path);
  const encoded = Buffer.from(key(3)).toString("base64url");
  writeFileSync(hosts.file, `a:1 ${encoded}\r\nb:1 rubbish\nc:1\n`);
  expect(hosts.find("a:1")).toEqual({ key: key(3), since: undefined, line: 1 });
  expect(() => hosts.find("b:1")).toThrow(`line 2 of ${hosts.file} holds no key`);
  expect(() => hosts.find("c:1")).toThrow("line 3");
  rmSync(hosts.file);
  mkdirSync(hosts.file);
  expect(() => hosts.find("a:1")).toThrow(`${hosts.file} cannot be read (EISDIR)`);
});
