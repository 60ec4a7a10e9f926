import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Reply } from "@palaver/plugin-api";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import files from "../../src/files/index.ts";
import { settings } from "../../src/files/settings.ts";
import { sha256 } from "./files-context.ts";

const size = 1 << 20;
let directory: string;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance", "setInterval", "clearInterval"] });
  directory = mkdtempSync(join(tmpdir(), "palaver-files-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
});
afterEach(() => void vi.useRealTimers());

type Put = (key: string, name: string, stream: AsyncIterable<Uint8Array>) => AsyncGenerator<Reply>;

/** One of the plugin's instances, as a worker has it. */
async function load(): Promise<Put> {
  const database = new DatabaseSync(join(directory, "files.db"));
  database.exec("PRAGMA journal_mode = WAL");
  const unload = new AbortController();
  const instance = await files.setup({
    config: settings.parse({ keep_free: "1B", max_size: "1MiB", quota: "1MiB" }),
    log: { info: () => {}, warn: () => {}, error: () => {}, progress: () => {} },
    signal: unload.signal,
    storage: { directory, database: () => database, sha256 },
    users: { online: () => [] },
  } as never);
  onTestFinished(async () => {
    unload.abort();
    await instance[Symbol.asyncDispose]?.();
    database.close();
  });
  const run = instance.commands!["put"]!.run as (call: unknown) => AsyncGenerator<Reply>;
  const { signal } = unload;
  return (key, name, stream) =>
    run({
      caller: { id: key, key, roles: [], dialect: "session" },
      args: { size, mode: "resume", room: "-", name },
      signal,
      stream,
    });
}

test("a file that comes at 4 KiB a second keeps its room, whichever worker others ask", async () => {
  const [one, other] = [await load(), await load()];
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const sending = writable.getWriter();
  const ann = one("ann", "slow", readable);
  await ann.next();
  const stored = ann.next();
  const hash = sha256();
  const send = async (bytes: number) => {
    await hash.update(new Uint8Array(bytes));
    await sending.write(new Uint8Array(bytes));
  };
  for (let second = 0; second < 150; second += 10) {
    await send(10 * 4096);
    vi.advanceTimersByTime(10_000);
    await expect(other("bob", "next", readable).next()).rejects.toMatchObject({ code: "BUSY" });
  }
  await send(size - 150 * 4096);
  await sending.write(hash.digest());
  await sending.close();
  expect(await stored).toMatchObject({ value: { data: { size } } });
  expect(await ann.next()).toMatchObject({ done: true });
});
