import { createHash } from "node:crypto";
import { once } from "node:events";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Connection,
  getFile,
  HubError,
  listFiles,
  putFile,
  removeFile,
} from "../../packages/client/src/index.ts";
import { hear } from "../../packages/client/test/client-harness.ts";
import { type HubHarness, startHub, udpClient } from "../../packages/server/test/hub-harness.ts";
import { arrive, contentFolder, contentOf, sha256, type Person } from "./harness.ts";

let hub: HubHarness;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  const settings = {
    max_size: "100KiB",
    quota_per_user: "250KiB",
    quota: "400KiB",
    max_files_per_user: 6,
    transfers_per_user: 2,
  };
  hub = await startHub({
    listen: ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"],
    plugins: { chat: {}, files: { settings } },
  });
  [ann, bob] = await Promise.all([arrive(hub.port(), "ann"), arrive(hub.port(), "bob")]);
});
afterAll(async () => {
  await ann?.[Symbol.asyncDispose]();
  await bob?.[Symbol.asyncDispose]();
  await hub?.[Symbol.asyncDispose]();
});

async function clear({ connection }: Person): Promise<void> {
  for await (const { file, own } of listFiles(connection))
    if (own) await removeFile(connection, String(file));
}

/** Speaks for itself: a size, a name, and whatever it sends. */
async function putRaw(
  connection: Connection,
  size: number | string,
  name: string,
  pieces: readonly Uint8Array[],
): Promise<unknown> {
  async function* stream() {
    yield* pieces;
  }
  const run = connection.run("put", [String(size), "anew", "-", name], { stream: stream() });
  let data: unknown;
  for await (const piece of run) if (piece.type === "text") ({ data } = piece);
  return data;
}

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();

test.each([
  ["../../../../etc/cron.d/evil", "evil"],
  ["/etc/passwd", "passwd"],
  ["..\\..\\boot.ini", "boot.ini"],
  ["photo\u202Egnp.exe", "photognp.exe"],
  ["\u001b]0;owned\u0007x", "]0;ownedx"],
  ["长".repeat(100), "长".repeat(66)],
])("%j lies under a name of the hub's, and is shown as %j", async (name, shown) => {
  const before = contentOf(hub);
  const content = Buffer.from(name);
  const stored = await putRaw(ann.connection, content.length, name, [content, digest(content)]);
  expect(stored).toMatchObject({ name: shown });
  const [added = "", ...others] = contentOf(hub).filter((one) => !before.includes(one));
  expect([added, others]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), []]);
  await clear(ann);
});

test("what is not as agreed is not stored", async () => {
  const content = Buffer.from("content");
  const put = (size: number | string, ...pieces: Uint8Array[]) =>
    putRaw(ann.connection, size, "bad.txt", pieces);
  await expect(put(7, content, digest(Buffer.from("other")))).rejects.toThrow(
    "did not arrive as it was sent",
  );
  await expect(put(7, content)).rejects.toThrow("broke off after 7 bytes");
  await expect(put(8, content)).rejects.toThrow("broke off after 7 bytes");
  await expect(put(7, content, digest(content), content)).rejects.toThrow("More came than");
  await expect(put("-1", content)).rejects.toBeInstanceOf(HubError);
  await expect(put("1e3", content)).rejects.toBeInstanceOf(HubError);
  await expect(put(102_401, content)).rejects.toMatchObject({ code: "TOO_LARGE" });
  await expect(getFile(bob.connection, "bad.txt", { directory: bob.folder })).rejects.toThrow("no file bad");
});

test("quotas hold for one user and for all, also for files that come together", async () => {
  const files = Array.from({ length: 4 }, (_unused, i) => ann.write(`quota ${i}`, 90_000));
  const results = await Promise.allSettled(files.map((path) => putFile(ann.connection, path)));
  const refused = results.flatMap((one) =>
    one.status === "rejected" ? [(one.reason as HubError).code] : [],
  );
  expect(refused.length).toBeGreaterThanOrEqual(2);
  expect(refused.every((code) => code === "TOO_LARGE" || code === "BUSY")).toBe(true);
  await expect(putFile(ann.connection, ann.write("more", 90_000))).rejects.toThrow(/TOO|left|here/);
  // Parts that others reserved count too.
  const stop = new AbortController();
  const stopped = putFile(bob.connection, bob.write("theirs", 100_000), {
    signal: stop.signal,
    onProgress: () => stop.abort(new Error("stopped")),
  });
  await expect(stopped).rejects.toThrow("stopped");
  await putFile(bob.connection, bob.write("theirs 2", 90_000));
  await expect(putFile(bob.connection, bob.write("theirs 3", 60_000))).rejects.toThrow(
    "The hub has no room for this file",
  );
  await clear(ann);
  await clear(bob);
});

test("so many files, and no more", async () => {
  const results = [];
  for (let i = 0; i < 7; i++)
    results.push(
      await putFile(ann.connection, ann.write(`many ${i}`, `${i}`)).catch((error: unknown) => error),
    );
  expect(results.filter((one) => one instanceof HubError).length).toBeGreaterThan(0);
  await clear(ann);
});

test("what somebody put in the place of a file is not followed", async () => {
  const { file } = await putFile(ann.connection, ann.write("plain.txt", "plain"));
  const [storage = ""] = contentOf(hub).filter((name) => !name.endsWith(".part"));
  const path = join(contentFolder(hub), storage);
  const secret = join(hub.config.dataDir, "secret");
  writeFileSync(secret, "hub's own");
  renameSync(path, `${path}.away`);
  symlinkSync(secret, path);
  const fetch = () => getFile(bob.connection, String(file), { directory: bob.folder });
  await expect(fetch()).rejects.toThrow("cannot be read");
  rmSync(path);
  symlinkSync("/dev/zero", path);
  await expect(fetch()).rejects.toThrow("cannot be read");
  rmSync(path);
  renameSync(`${path}.away`, path);
  expect(await fetch()).toMatchObject({ sha256: sha256(Buffer.from("plain")) });
  await clear(ann);
});

test("a file shared in a room is told there, and is for who is in it", async () => {
  await using cat = await arrive(hub.port(), "cat");
  const heard = hear(bob.connection, "message");
  await Promise.all([ann.connection.join("den"), bob.connection.join("den")]);
  const path = ann.write("den.txt", "for the den");
  const { file } = await putFile(ann.connection, path, { room: "den" });
  const told = await heard.until(({ text }) => text.includes("den.txt"));
  expect(told).toMatchObject({ kind: "notice", text: `ann shares den.txt, 11 bytes — /get ${file}` });
  expect(await getFile(bob.connection, String(file), { directory: bob.folder })).toMatchObject({ size: 11 });
  const outside = getFile(cat.connection, String(file), { directory: cat.folder });
  await expect(outside).rejects.toThrow(`There is no file ${file} for you`);
  await expect(removeFile(cat.connection, "den.txt")).rejects.toThrow("There is no file");
  for await (const info of listFiles(cat.connection)) expect(info.file).not.toBe(file);
  await expect(putFile(cat.connection, cat.write("in.txt", "x"), { room: "den" })).rejects.toThrow(
    "You are not in #den",
  );
  await clear(ann);
});

test("text peers read small texts over TCP, cleaned; nothing goes by datagram", async () => {
  const text = await putFile(ann.connection, ann.write("note.txt", "first\n\u001b[31mred\u0007\nlast\n"));
  const binary = await putFile(ann.connection, ann.write("note.bin", new Uint8Array([1, 0, 255])));
  const long = await putFile(ann.connection, ann.write("long.txt", "x".repeat(40_000)));
  const socket = connectTcp(hub.port(1), "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (answer += piece));
  socket.end(`get ${text.file}\nget ${binary.file}\nget ${long.file}\nput 3 anew - x\n`);
  await once(socket, "close");
  for (const line of [
    "first\nred\nlast\n",
    "note.bin is no text.",
    "long.txt has 40.0 kB.",
    "palaver put HOST",
  ])
    expect(answer).toContain(line);
  using client = await udpClient(hub.port());
  expect(await client.ask(`get ${text.file}`)).toContain("does not go by datagram");
  expect(await client.ask("ls")).toContain("note.txt");
  await clear(ann);
});
