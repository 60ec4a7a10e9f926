import { appendFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  getFile,
  listFiles,
  putFile,
  removeFile,
  type TransferProgress,
} from "../../packages/client/src/index.ts";
import { type HubHarness, startHub } from "../../packages/server/test/hub-harness.ts";
import { arrive, contentOf, sha256, type Person } from "./harness.ts";

let hub: HubHarness;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  hub = await startHub({ plugins: { files: {} } });
  [ann, bob] = await Promise.all([arrive(hub.port(), "ann"), arrive(hub.port(), "bob")]);
});
afterAll(async () => {
  await ann?.[Symbol.asyncDispose]();
  await bob?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
});

test.each([0, 1, 65_536, 300_001])("a file of %i bytes comes to others as it was", async (size) => {
  const path = ann.write(`file ${size}.bin`, size);
  const stored = await putFile(ann.connection, path);
  const content = ann.read(`file ${size}.bin`);
  expect(stored).toMatchObject({ name: `file ${size}.bin`, size, sha256: sha256(content) });
  const fetched = await getFile(bob.connection, String(stored.file), { directory: bob.folder });
  expect(fetched).toEqual({ ...stored, path: `${bob.folder}/file ${size}.bin` });
  expect(bob.read(`file ${size}.bin`).equals(content)).toBe(true);
  expect(bob.has(`file ${size}.bin.part`)).toBe(false);
});

/** Ends a transfer once so many bytes have gone. */
function stopAfter(bytes: number) {
  const stop = new AbortController();
  const seen: TransferProgress[] = [];
  return {
    seen,
    signal: stop.signal,
    onProgress(progress: TransferProgress) {
      seen.push(progress);
      if (progress.bytes - progress.from >= bytes) stop.abort(new Error("stopped"));
    },
  };
}

test("an upload that was stopped goes on where it stopped", async () => {
  const size = 3_000_000;
  const path = ann.write("half.bin", size);
  await expect(putFile(ann.connection, path, stopAfter(1_500_000))).rejects.toThrow("stopped");
  const again = stopAfter(Infinity);
  const stored = await putFile(ann.connection, path, again);
  expect(again.seen[0]?.from).toBeGreaterThan(500_000);
  expect(stored.sha256).toBe(sha256(ann.read("half.bin")));
});

test("a part of another file of the same name and size is not gone on with", async () => {
  const path = ann.write("same.bin", 2_000_000);
  await expect(putFile(ann.connection, path, stopAfter(1_500_000))).rejects.toThrow("stopped");
  ann.write("same.bin", 2_000_000);
  const again = stopAfter(Infinity);
  const stored = await putFile(ann.connection, path, again);
  expect(again.seen[0]?.from).toBe(0);
  expect(stored.sha256).toBe(sha256(ann.read("same.bin")));
});

test("a file that is there already is not sent again; another one of its name and size is", async () => {
  const path = ann.write("twice.bin", 500_000);
  const first = await putFile(ann.connection, path);
  expect(await putFile(ann.connection, path)).toEqual(first);
  ann.write("twice.bin", 500_000);
  const second = await putFile(ann.connection, path);
  expect(second.file).toBeGreaterThan(first.file);
  expect(second.sha256).not.toBe(first.sha256);
});

test("a download that was stopped goes on; a part of something else is fetched anew", async () => {
  const { file } = await putFile(ann.connection, ann.write("down.bin", 3_000_000));
  const options = { directory: bob.folder };
  await expect(
    getFile(bob.connection, String(file), { ...options, ...stopAfter(1_500_000) }),
  ).rejects.toThrow("stopped");
  expect(bob.has("down.bin")).toBe(false);
  const again = stopAfter(Infinity);
  await getFile(bob.connection, "down.bin", { ...options, ...again });
  expect(again.seen[0]?.from).toBeGreaterThan(500_000);
  expect(bob.read("down.bin").equals(ann.read("down.bin"))).toBe(true);

  bob.write("other.part", 1_000_000);
  await getFile(bob.connection, String(file), { target: `${bob.folder}/other` });
  expect(bob.read("other").equals(ann.read("down.bin"))).toBe(true);
});

test("what is there is not replaced unless that is wanted", async () => {
  const { file } = await putFile(ann.connection, ann.write("wanted.txt", "new"));
  bob.write("wanted.txt", "old");
  const options = { directory: bob.folder };
  await expect(getFile(bob.connection, String(file), options)).rejects.toThrow("is there already");
  expect(bob.read("wanted.txt").toString()).toBe("old");
  await getFile(bob.connection, String(file), { ...options, force: true });
  expect(bob.read("wanted.txt").toString()).toBe("new");
});

test("a file that changes while it is sent is not stored", async () => {
  const path = ann.write("growing.log", 2_000_000);
  const grow = () => appendFileSync(path, "x");
  await expect(putFile(ann.connection, path, { onProgress: grow })).rejects.toThrow("changed while");
  await expect(getFile(bob.connection, "growing.log", { directory: bob.folder })).rejects.toThrow(
    "There is no file",
  );
});

test("nor is one that is written to in place, until it rests", async () => {
  const path = ann.write("database.db", 2_000_000);
  const overwrite = () => writeFileSync(path, "changed", { flag: "r+" });
  await expect(putFile(ann.connection, path, { onProgress: overwrite })).rejects.toThrow("changed while");
  const stored = await putFile(ann.connection, path);
  expect(stored.sha256).toBe(sha256(ann.read("database.db")));
  await removeFile(ann.connection, String(stored.file));
});

test("the list shows whose, and only the owner removes", async () => {
  const { file } = await putFile(ann.connection, ann.write("mine.txt", "mine"));
  const list = async ({ connection }: Person) => {
    const all = [];
    for await (const info of listFiles(connection)) all.push(info);
    return all;
  };
  expect((await list(ann)).find((info) => info.file === file)).toMatchObject({ name: "mine.txt", own: true });
  expect((await list(bob)).find((info) => info.file === file)).toMatchObject({ size: 4, own: false });
  await expect(removeFile(bob.connection, String(file))).rejects.toThrow("not yours");
  expect(await removeFile(ann.connection, "mine.txt")).toEqual({ file, name: "mine.txt" });
  expect((await list(bob)).some((info) => info.file === file)).toBe(false);
  const before = contentOf(hub).length;
  expect(before).toBe((await list(ann)).length + 1);
});

test("the same file twice at the same time: what was acknowledged is there, whoever came first", async () => {
  for (let round = 0; round < 8; round++) {
    const path = ann.write(`race ${round}.bin`, 20_000 + round * 60_000);
    const tries = await Promise.allSettled([1, 2, 3].map(() => putFile(ann.connection, path)));
    const stored = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    expect(stored.length).toBeGreaterThan(0);
    for (const { file } of stored) {
      const target = `${bob.folder}/race`;
      const fetched = await getFile(bob.connection, String(file), { target, force: true });
      expect(fetched.sha256).toBe(sha256(ann.read(`race ${round}.bin`)));
    }
  }
});
