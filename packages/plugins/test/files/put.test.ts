import { createHash } from "node:crypto";
import type { Caller } from "@palaver/plugin-api";
import { beforeEach, expect, test } from "vitest";
import type { FilesContext } from "../../src/files/context.ts";
import { put } from "../../src/files/put.ts";
import { minimumPace } from "../../src/files/transfers.ts";
import { createFilesContext, type TestFiles } from "./files-context.ts";

const size = 1 << 20;
const longAgo = 1000;
let context: FilesContext;
let clock: TestFiles["clock"];

beforeEach(() => {
  ({ context, clock } = createFilesContext());
});

/** Sends pieces of one file; resolves to what its sender is told in the end. */
async function send(stream: AsyncIterable<Uint8Array>): Promise<unknown> {
  const caller = { id: "1", key: "ada", roles: [], dialect: "session" } as unknown as Caller;
  const args = { size, mode: "resume", room: "-", name: "photo" } as const;
  const replies = put(context, { caller, stream, signal: new AbortController().signal, args });
  return Array.fromAsync(replies).catch((error: unknown) => error);
}

async function* pieces(...lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const length of lengths) yield new Uint8Array(length);
}

const part = () => context.shelf.all()[0]!;

test("a part is dated when it has grown, not when a byte is sent and broken off", async () => {
  expect(await send(pieces(100))).toMatchObject({ message: /broke off after 100 bytes/ });
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
  expect(await send(trickle())).toMatchObject({ code: "TIMEOUT", message: /ask again to go on/ });
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
