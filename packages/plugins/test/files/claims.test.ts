import { beforeEach, expect, test } from "vitest";
import type { Claim } from "../../src/files/claims.ts";
import type { FilesContext } from "../../src/files/context.ts";
import { createFilesContext, type TestFiles } from "./files-context.ts";

let files: TestFiles;
let here: FilesContext;
let there: FilesContext;
let id: number;
beforeEach(() => {
  files = createFilesContext();
  here = files.context;
  there = files.beside().context;
  ({ id } = here.shelf.add({ owner: "key", nick: "ann", name: "film", size: 4, room: null }, "random", 0));
});

const never = new AbortController().signal;

/** Asks in an instance, and goes on at once: the first of many waits for nobody. */
function ask(by: FilesContext, signal = never): Promise<Claim> {
  return by.claims.take(
    by.shelf.exclusively(() => by.claims.ask(id)),
    signal,
  );
}

const aborted = ({ signal }: Claim) =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    signal.addEventListener("abort", () => resolve(signal.reason));
  });

test("who asks in another worker ends the one that writes, and waits until it has ended", async () => {
  const first = await ask(here);
  let isTaken = false;
  const second = ask(there).then((claim) => {
    isTaken = true;
    return claim;
  });
  expect(await aborted(first)).toMatchObject({
    code: "BUSY",
    message: expect.stringMatching(/has taken over/),
  });
  expect([isTaken, here.claims.isWritten(id)]).toEqual([false, true]);
  expect(() => first.store("00")).toThrow("has taken over");
  first[Symbol.dispose]();
  using now = await second;
  expect([now.isLost(), there.claims.isWritten(id)]).toEqual([false, true]);
  now.store("aa");
  expect(here.shelf.get(id)).toMatchObject({ sha256: "aa", writer: null });
});

test("of many that wait the last one that asked gets it, wherever it is", async () => {
  const first = await ask(here);
  const waiting = [there, here, there, here].map(async (by) => ask(by).catch((error: unknown) => error));
  first[Symbol.dispose]();
  const results = await Promise.all(waiting);
  const last = results.pop() as Claim;
  for (const result of results) expect(result).toMatchObject({ code: "BUSY" });
  expect(last.isLost()).toBe(false);
  last[Symbol.dispose]();
  expect(here.claims.isWritten(id)).toBe(false);
});

test("who gives up waiting leaves the part to others", async () => {
  const first = await ask(here);
  const giveUp = new AbortController();
  const second = ask(there, giveUp.signal);
  giveUp.abort(new Error("gone"));
  await expect(second).rejects.toThrow("gone");
  const third = ask(there);
  first[Symbol.dispose]();
  using _now = await third;
});

test("who writes a part that is removed, or waits for it, is told so", async () => {
  const first = await ask(here);
  const second = ask(there);
  here.shelf.remove(id);
  here.claims.changed(id);
  await expect(second).rejects.toMatchObject({
    code: "TIMEOUT",
    message: expect.stringMatching(/removed meanwhile/),
  });
  first[Symbol.dispose]();
});

test("after a crash nobody writes what was written then", async () => {
  await ask(here);
  files.database.exec("UPDATE files SET writer = 'a process of before'");
  using again = await ask(there);
  expect(again.isLost()).toBe(false);
});

test("who hears of others while the disk cannot be read goes on, and loses the part all the same", async () => {
  const first = await ask(here);
  const { get } = here.shelf;
  Object.assign(here.shelf, {
    get() {
      throw new Error("disk I/O error");
    },
  });
  here.claims.changed(id);
  expect(first.isLost()).toBe(false);
  const second = ask(there);
  Object.assign(here.shelf, { get });
  expect(() => first.store("00")).toThrow("has taken over");
  first[Symbol.dispose]();
  using _now = await second;
});

test("an end that the disk does not take is told as soon as it does", async () => {
  const first = await ask(here);
  const second = ask(there);
  await aborted(first);
  files.database.exec("PRAGMA query_only = on");
  first[Symbol.dispose]();
  expect(there.claims.isWritten(id)).toBe(true);
  files.database.exec("PRAGMA query_only = off");
  here.claims.extend([]);
  using _now = await second;
});
