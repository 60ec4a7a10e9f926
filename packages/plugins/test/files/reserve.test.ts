import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Claim } from "../../src/files/claims.ts";
import type { FilesContext } from "../../src/files/context.ts";
import { reserve } from "../../src/files/reserve.ts";
import type { FileRow, Wish } from "../../src/files/shelf.ts";
import { minimumPace } from "../../src/files/transfers.ts";
import { tellMoving } from "../../src/files/upkeep.ts";
import { createFilesContext, type TestFiles } from "./files-context.ts";

let files: TestFiles;
let context: FilesContext;
beforeEach(() => {
  files = createFilesContext({
    max_size: "1KiB",
    quota_per_user: "2KiB",
    quota: "3KiB",
    max_files_per_user: 3,
  });
  ({ context } = files);
});

const wish = (name: string, size: number, owner = "ada"): Wish => ({
  owner,
  nick: owner,
  name,
  size,
  room: null,
});

/** What `wish` gets; the same in another instance. */
async function take(wanted: Wish, isAnew = false, by = context): Promise<FileRow> {
  const place = await reserve(by, wanted, isAnew);
  return "stored" in place ? place.stored : by.shelf.get(place.asked.id)!;
}

async function claim(wanted: Wish, by = context): Promise<Claim> {
  const place = await reserve(by, wanted, false);
  if ("stored" in place) throw new Error("it is stored");
  const taken = await by.claims.take(place.asked, new AbortController().signal);
  onTestFinished(() => taken[Symbol.dispose]());
  return taken;
}

/** It was added to so long ago, and nobody has said since that it moves. */
function leave({ id }: FileRow, forMs = 120_000): void {
  context.shelf.touch(id, Date.now() - forMs);
  context.shelf.extend([id], 0);
}

const ids = () => context.shelf.all().map(({ id }) => id);

test("the same wish gets the same place, unless it is stored and another one is meant", async () => {
  const first = await take(wish("a", 10));
  expect((await take(wish("a", 10), true)).id).toBe(first.id);
  const { claim: last } = context.shelf.get(first.id)!;
  context.shelf.store(first.id, last, "00", Date.now());
  expect((await take(wish("a", 10))).id).toBe(first.id);
  expect((await take(wish("a", 10), true)).id).not.toBe(first.id);
  expect((await take(wish("a", 10, "bob"))).id).not.toBe(first.id);
});

test("each limit refuses in its own words", async () => {
  await expect(take(wish("a", 1025))).rejects.toThrow("at most 1.0 kB");
  await take(wish("a", 1024));
  await take(wish("b", 1000));
  await expect(take(wish("c", 30))).rejects.toThrow("24 bytes are left");
  await take(wish("c", 24));
  await expect(take(wish("d", 0))).rejects.toThrow("You have 3 files here");
  await take(wish("a", 1024, "bob"));
  await expect(take(wish("b", 1, "bob"))).rejects.toThrow("The hub has no room");
});

test("while one instance looks whether there is room, no other one takes it", async () => {
  using other = new DatabaseSync(files.database.location()!, { timeout: 0 });
  const add = other.prepare(
    "INSERT INTO files (storage, owner, nick, name, size, at) VALUES (hex(randomblob(16)), 'eve', '', 'x', 1024, 0)",
  );
  const refusals: unknown[] = [];
  const { shelf } = context;
  const looking = {
    ...shelf,
    usage(owner?: string) {
      const usage = shelf.usage(owner);
      try {
        add.run();
      } catch (error) {
        refusals.push(error);
      }
      return usage;
    },
  };
  await reserve({ ...context, shelf: looking }, wish("a", 1024), false);
  expect(refusals.length).toBeGreaterThan(1);
  for (const refusal of refusals) expect(refusal).toMatchObject({ message: "database is locked" });
  expect(shelf.usage()).toEqual({ bytes: 1024, files: 1 });
});

test("what its sender left gives way to what it sends now; what is new or being written does not", async () => {
  const left = await take(wish("left", 1000));
  const part = await context.vault.openPart(left.storage);
  await part.close();
  const fresh = await take(wish("fresh", 1000));
  leave(left);
  const writing = context.transfers.begin("ada", left.id);
  tellMoving(context);
  await expect(take(wish("next", 500))).rejects.toThrow("left; remove files");
  writing[Symbol.dispose]();
  leave(left);
  const next = await take(wish("next", 500));
  expect(ids()).toEqual([fresh.id, next.id]);
  await expect.poll(() => readdirSync(files.directory)).toEqual([]);
});

test("who is refused all the same has taken nobody's part", async () => {
  const left = await take(wish("left", 1000));
  await take(wish("theirs", 1000, "bob"));
  await take(wish("theirs 2", 1000, "bob"));
  leave(left);
  context.shelf.touch(left.id, Date.now() - 120_000);
  const full = { ...context, vault: { ...context.vault, freeBytes: async () => 0 } };
  await expect(reserve(full, wish("next", 1024), false)).rejects.toThrow("The hub has no room");
  expect(ids()).toContain(left.id);
});

test("what strangers began and left gives way too, when there is no room for all, unless it moves", async () => {
  const { transfers } = context;
  const owners = ["eve", "mallory", "trudy"];
  const claims = [];
  for (const owner of owners) claims.push(await claim(wish("never", 1000, owner)));
  const [first, second, third] = claims.map(({ row }) => row);
  // The first has come back; the second is connected and silent.
  using moving = transfers.begin("eve", first!.id);
  using _silent = transfers.begin("mallory", second!.id);
  files.clock.nowMs = 61_000;
  moving.moved(64 << 10);
  for (const { row } of claims) leave(row);
  tellMoving(context);
  const next = await take(wish("next", 1000));
  expect(ids()).toEqual([first!.id, third!.id, next.id]);
  expect(claims.map(({ signal }) => signal.aborted)).toEqual([false, true, false]);
  expect(claims[1]!.signal.reason).toMatchObject({
    code: "TIMEOUT",
    message: expect.stringMatching(/removed meanwhile/),
  });
});

test("what has not grown for ten minutes gives way, however often it is begun again", async () => {
  const { shelf } = context;
  const again = await claim(wish("trickle", 1000));
  shelf.touch(again.row.id, Date.now() - minimumPace.withinMs);
  const next = await take(wish("next", 1020));
  expect(ids()).toEqual([again.row.id, next.id]);
  const whole = await take(wish("whole", 1024));
  expect(ids()).toEqual([next.id, whole.id]);
  expect(again.signal.reason).toMatchObject({ code: "TIMEOUT" });
});

test("what moves in another worker does not give way; what is silent there does, and hears of it", async () => {
  const elsewhere = files.beside();
  const other = elsewhere.context;
  const theirs = await claim(wish("slow", 1000, "eve"), other);
  using slow = other.transfers.begin("eve", theirs.row.id);
  await take(wish("a", 1000));
  leave(theirs.row);
  tellMoving(other);
  // Four KiB a second is slower than a part is dated, and much faster than the minimum.
  elsewhere.clock.nowMs = 70_000;
  slow.moved(70 * 4096);
  leave(theirs.row, 65_000);
  tellMoving(other);
  await expect(take(wish("b", 1024, "bob"))).resolves.toBeDefined();
  await expect(take(wish("c", 1000, "bob"))).rejects.toThrow("The hub has no room");
  expect(theirs.isLost()).toBe(false);

  elsewhere.clock.nowMs += 61_000;
  leave(theirs.row, 65_000);
  tellMoving(other);
  const ended = new Promise((resolve) => theirs.signal.addEventListener("abort", resolve));
  await take(wish("c", 1000, "bob"));
  await ended;
  expect(theirs.signal.reason).toMatchObject({
    code: "TIMEOUT",
    message: expect.stringMatching(/removed meanwhile/),
  });
});
