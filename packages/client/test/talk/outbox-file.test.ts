import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type KeptMessage, openOutboxFile } from "../../src/talk/outbox-file.ts";
import { makeConfigDir } from "../client-harness.ts";

function message(number: number): KeptMessage {
  const id = number.toString(16).padStart(32, "0");
  return { id, room: "lobby", kind: "say", text: `text ${number}` };
}

test("what is not done is there for the next process, in order, for its owner only", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "outbox", "hub.jsonl");
  const outbox = openOutboxFile(file);
  for (const number of [1, 2, 3]) outbox.append(message(number));
  outbox.done(message(2).id);
  const kept = openOutboxFile(file).load();
  expect(kept.map(({ text }) => text)).toEqual(["text 1", "text 3"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("lines that are cut off or nonsense are passed over, and what is written next is whole", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "hub.jsonl");
  openOutboxFile(file).append(message(1));
  appendFileSync(file, '[]\nnull\n{"id":"x"}\n{"done":5}\n{"id":"00000000000000');
  const outbox = openOutboxFile(file);
  outbox.append(message(2));
  expect(outbox.load().map(({ text }) => text)).toEqual(["text 1", "text 2"]);
});

test("what was said long ago, in an outbox of an earlier version, is still there", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "hub.jsonl");
  writeFileSync(file, `${JSON.stringify({ ...message(1), atMs: 1 })}\n`);
  const outbox = openOutboxFile(file);
  outbox.append(message(2));
  outbox.compact();
  expect(openOutboxFile(file).load()).toEqual([message(1), message(2)]);
});

test("what a full disk did not take is told, and written with what comes when it has room", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "hub.jsonl");
  const outbox = openOutboxFile(file);
  outbox.append(message(1));
  renameSync(file, `${file}.aside`);
  symlinkSync("/dev/full", file);
  expect(() => outbox.append(message(2))).toThrow("ENOSPC");
  expect(() => outbox.append(message(3))).toThrow("ENOSPC");
  expect(() => outbox.done(message(1).id)).toThrow("ENOSPC");
  expect(outbox.unkept()).toEqual([message(2), message(3)]);
  renameSync(`${file}.aside`, file);
  outbox.append(message(4));
  expect(outbox.unkept()).toEqual([]);
  expect(openOutboxFile(file).load()).toEqual([message(2), message(3), message(4)]);
});

test("the file does not grow without end, and goes when nothing is left", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "hub.jsonl");
  const outbox = openOutboxFile(file);
  outbox.append(message(0));
  for (let number = 1; number <= 5000; number++) {
    outbox.append(message(number));
    outbox.done(message(number).id);
  }
  expect(readFileSync(file, "utf8").split("\n").length).toBeLessThan(4100);
  expect(outbox.load().map(({ text }) => text)).toEqual(["text 0"]);
  outbox.done(message(0).id);
  outbox.compact();
  expect(existsSync(file)).toBe(false);
});
