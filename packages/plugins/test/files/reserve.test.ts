import { readdirSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import type { FilesContext } from "../../src/files/context.ts";
import { reserve } from "../../src/files/reserve.ts";
import type { Wish } from "../../src/files/shelf.ts";
import { minimumPace } from "../../src/files/transfers.ts";
import { createFilesContext, type TestFiles } from "./files-context.ts";

let context: FilesContext;
let directory: string;
let clock: TestFiles["clock"];
beforeEach(() => {
  ({ context, directory, clock } = createFilesContext({
    max_size: "1KiB",
    quota_per_user: "2KiB",
    quota: "3KiB",
    max_files_per_user: 3,
  }));
});

const twoMinutesAgo = () => Date.now() - 120_000;
const wish = (name: string, size: number, owner = "ada"): Wish => ({
  owner,
  nick: owner,
  name,
  size,
  room: null,
});

test("the same wish gets the same place, unless it is stored and another one is meant", async () => {
  const first = await reserve(context, wish("a", 10), false);
  expect((await reserve(context, wish("a", 10), true)).id).toBe(first.id);
  context.shelf.store(first.id, "00", Date.now());
  expect((await reserve(context, wish("a", 10), false)).id).toBe(first.id);
  expect((await reserve(context, wish("a", 10), true)).id).not.toBe(first.id);
  expect((await reserve(context, wish("a", 10, "bob"), false)).id).not.toBe(first.id);
});

test("each limit refuses in its own words", async () => {
  await expect(reserve(context, wish("a", 1025), false)).rejects.toThrow("at most 1.0 kB");
  await reserve(context, wish("a", 1024), false);
  await reserve(context, wish("b", 1000), false);
  await expect(reserve(context, wish("c", 30), false)).rejects.toThrow("24 bytes are left");
  await reserve(context, wish("c", 24), false);
  await expect(reserve(context, wish("d", 0), false)).rejects.toThrow("You have 3 files here");
  await reserve(context, wish("a", 1024, "bob"), false);
  await expect(reserve(context, wish("b", 1, "bob"), false)).rejects.toThrow("The hub has no room");
});

test("what its sender left gives way to what it sends now; what is new or being written does not", async () => {
  const { shelf } = context;
  const left = await reserve(context, wish("left", 1000), false);
  const part = await context.vault.openPart(left.storage);
  await part.close();
  const fresh = await reserve(context, wish("fresh", 1000), false);
  shelf.touch(left.id, twoMinutesAgo());
  using writing = await context.transfers.begin("ada", left.id);
  await expect(reserve(context, wish("next", 500), false)).rejects.toThrow("left; remove files");
  writing[Symbol.dispose]();
  const next = await reserve(context, wish("next", 500), false);
  expect(shelf.all().map(({ id }) => id)).toEqual([fresh.id, next.id]);
  await expect.poll(() => readdirSync(directory)).toEqual([]);
});

test("what strangers began and left gives way too, when there is no room for all, unless it moves", async () => {
  const { shelf, transfers } = context;
  for (const owner of ["eve", "mallory", "trudy"]) {
    const { id } = await reserve(context, wish("never", 1000, owner), false);
    shelf.touch(id, twoMinutesAgo());
  }
  const [first, second, third] = shelf.all();
  // The first has come back; the second is connected and silent.
  using moving = await transfers.begin("eve", first!.id);
  using silent = await transfers.begin("mallory", second!.id);
  clock.nowMs = 61_000;
  moving.moved(64 << 10);
  const next = await reserve(context, wish("next", 1000), false);
  expect(shelf.all().map(({ id }) => id)).toEqual([first!.id, third!.id, next.id]);
  expect([moving.signal.aborted, silent.signal.aborted]).toEqual([false, true]);
});

test("what has not grown for ten minutes gives way, however often it is begun again", async () => {
  const { shelf, transfers } = context;
  const trickling = await reserve(context, wish("trickle", 1000), false);
  shelf.touch(trickling.id, Date.now() - minimumPace.withinMs);
  using again = await transfers.begin("ada", trickling.id);
  again.moved(1);
  const next = await reserve(context, wish("next", 1020), false);
  expect(shelf.all().map(({ id }) => id)).toEqual([trickling.id, next.id]);
  const whole = await reserve(context, wish("whole", 1024), false);
  expect(shelf.all().map(({ id }) => id)).toEqual([next.id, whole.id]);
  expect(again.signal.reason).toMatchObject({ code: "TIMEOUT" });
});
