import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Caller } from "@palaver/plugin-api";
import { beforeEach, expect, test } from "vitest";
import type { FilesContext } from "../../src/files/context.ts";
import { put } from "../../src/files/put.ts";
import { minimumPace } from "../../src/files/transfers.ts";
import { createFilesContext, type TestFiles } from "./files-context.ts";

const size = 1 << 20;
const longAgo = 1000;
let files: TestFiles;
let context: FilesContext;
let clock: TestFiles["clock"];

beforeEach(() => {
  files = createFilesContext();
  ({ context, clock } = files);
});

/** Sends pieces of one file; resolves to what its sender is told in the end. */
async function send(
  stream: AsyncIterable<Uint8Array>,
  mode: "resume" | "anew" = "resume",
  by = context,
): Promise<unknown> {
  const caller = { id: "1", key: "ada", roles: [], dialect: "session" } as unknown as Caller;
  const args = { size, mode, room: "-", name: "photo" } as const;
  const replies = put(by, { caller, stream, signal: new AbortController().signal, args });
  return Array.fromAsync(replies).catch((error: unknown) => error);
}

async function* pieces(...lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const length of lengths) yield new Uint8Array(length);
}

const part = () => context.shelf.all()[0]!;

test("a part is dated when it has grown, not when a byte is sent and broken off", async () => {
  expect(await send(pieces(100))).toMatchObject({
    message: expect.stringMatching(/broke off after 100 bytes/),
  });
  context.shelf.touch(part().id, longAgo);
  for (const bytes of [101, 102])
    expect(await send(pieces(1))).toMatchObject({
      message: `The file broke off after ${bytes} bytes; send it again to go on.`,
    });
  expect(part().at).toBe(longAgo);
  expect(await send(pieces(minimumPace.bytes))).toMatchObject({ code: "INVALID" });
  expect(part().at).toBeGreaterThan(longAgo);
});

test("a transfer that trickles is ended, keeps what came, and goes on when it is asked for again", async () => {
  async function* trickle() {
    yield new Uint8Array(500);
    clock.nowMs = minimumPace.withinMs;
    context.transfers.endSlow();
    await Promise.withResolvers<void>().promise;
  }
  expect(await send(trickle())).toMatchObject({
    code: "TIMEOUT",
    message: expect.stringMatching(/ask again to go on/),
  });
  const sha256 = createHash("sha256").update(new Uint8Array(size)).digest();
  async function* rest() {
    yield new Uint8Array(size - 500);
    yield sha256;
  }
  expect(await send(rest())).toMatchObject([
    { data: { offset: 500 } },
    { data: { sha256: sha256.toString("hex") } },
  ]);
});

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const contentOf = () =>
  readdirSync(files.directory).map((name) => [
    name.endsWith(".part"),
    sha256(readFileSync(join(files.directory, name))).toString("hex"),
  ]);

/** Sends half of it, says so, and the rest when it may. */
async function* inTwo(content: Uint8Array, half: () => void, rest: Promise<void>) {
  yield new Uint8Array(content.subarray(0, size / 2));
  half();
  await rest;
  yield new Uint8Array(content.subarray(size / 2));
  yield sha256(content);
}

const [as, bs] = ["A", "B"].map((letter) => Buffer.alloc(size, letter)) as [Buffer, Buffer];

test("of two that send one file from the start, in two workers, the second one stores what it sent", async () => {
  const [half, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = send(inTwo(as, half.resolve, rest.promise), "anew");
  await half.promise;
  const second = send(inTwo(bs, rest.resolve, rest.promise), "anew", files.beside().context);
  expect(await first).toMatchObject({ code: "BUSY", message: expect.stringMatching(/has taken over/) });
  const stored = sha256(bs).toString("hex");
  expect(await second).toMatchObject([{ data: { offset: 0 } }, { data: { sha256: stored } }]);
  expect(context.shelf.all()).toMatchObject([{ sha256: stored, writer: null }]);
  expect(contentOf()).toEqual([[false, stored]]);
});

test("who comes back to another worker goes on with what the first one has, which is still open there", async () => {
  const [half, never] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = send(inTwo(as, half.resolve, never.promise));
  await half.promise;
  const rest = [new Uint8Array(as.subarray(size / 2)), sha256(as)];
  async function* stream() {
    yield* rest;
  }
  const other = files.beside().context;
  expect(await send(stream(), "resume", other)).toMatchObject([
    { data: { offset: size / 2 } },
    { data: { sha256: sha256(as).toString("hex") } },
  ]);
  expect(await first).toMatchObject({ code: "BUSY" });
});

test("a file that is taken over while it gets its name is refused, and its part gone on with", async () => {
  const { vault } = context;
  const [isKept, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const keep: typeof vault.keep = async (...args) => {
    await vault.keep(...args);
    isKept.resolve();
    await goOn.promise;
  };
  async function* whole() {
    yield new Uint8Array(as);
    yield sha256(as);
  }
  const first = send(whole(), "anew", { ...context, vault: { ...vault, keep } });
  await isKept.promise;
  async function* checksum() {
    yield sha256(as);
  }
  const second = send(checksum(), "resume", files.beside().context);
  await expect.poll(() => part().claim).toBe(2);
  goOn.resolve();
  expect(await first).toMatchObject({ code: "BUSY" });
  expect(await second).toMatchObject([{ data: { offset: size } }, { data: { size } }]);
  expect(contentOf()).toEqual([[false, sha256(as).toString("hex")]]);
});

test.each([true, false])(
  "a part whose row others removed is no fault, and nothing of it stays (its content went first: %s)",
  async (isContentGone) => {
    const [half, rest] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = send(inTwo(as, half.resolve, rest.promise), "anew");
    await half.promise;
    const { id, storage } = part();
    // What tells of it comes late: the last byte may be here first.
    context.shelf.remove(id);
    if (isContentGone) await context.vault.remove(storage);
    rest.resolve();
    expect(await first).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/removed meanwhile/),
    });
    expect(contentOf()).toEqual([]);
  },
);
