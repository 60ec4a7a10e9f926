import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type KeptMessage, openOutboxFile } from "../../src/talk/outbox-file.ts";
import { makeConfigDir } from "../client-harness.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

function message(number: number, atMs = Date.now()): KeptMessage {
  const id = number.toString(16).padStart(32, "0");
  return { id, atMs, room: "lobby", kind: "say", text: `text ${number}` };
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

test("what is older than a day is not sent any more", async () => {
  await using config = await makeConfigDir();
  const outbox = openOutboxFile(join(config.path, "hub.jsonl"));
  outbox.append(message(1, Date.now() - DAY_MS - 1000));
  outbox.append(message(2));
  expect(outbox.load().map(({ text }) => text)).toEqual(["text 2"]);
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
