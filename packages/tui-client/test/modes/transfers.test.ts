import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunPiece } from "@palaver/client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openScreens } from "./open-screens.ts";
import { hub, onlineConnection, startPipe } from "./pipe-harness.ts";

const screens = openScreens();
afterEach(screens.close);

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "palaver-transfers-"))));
afterAll(() => rmSync(folder, { recursive: true }));

const content = Buffer.from("0123456789".repeat(10));
const info = {
  file: 3,
  name: "ten.txt",
  size: 100,
  sha256: createHash("sha256").update(content).digest("hex"),
};

/** A hub that has one file; after 40 bytes of it, it waits for `release`. */
function hubWithFile() {
  const connection = onlineConnection();
  connection.commandTable = ["put", "get"].map((name) => ({ name, usage: "", summary: "" }));
  const released = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  async function* send(from: number, signal = new AbortController().signal): AsyncGenerator<RunPiece> {
    yield { type: "stdout", bytes: content.subarray(from, from + 40) };
    begun.resolve();
    const stopped = once(signal, "abort").then(() => signal.throwIfAborted());
    await Promise.race([released.promise, stopped]);
    yield { type: "stdout", bytes: content.subarray(from + 40) };
  }
  connection.onRun = (_command, [, where]) =>
    where === "end"
      ? { pieces: [{ type: "text", text: "", data: info }] }
      : { pieces: send(Number(where), connection.runs.at(-1)?.signal) };
  return { connection, begun: begun.promise, release: () => released.resolve() };
}

test("a file is fetched with a line that tells how far it is, and the end says where it is", async () => {
  const { connection, release } = hubWithFile();
  const screen = await screens.open({ connection });
  screen.type(`/get 3 '${folder}/my copy.txt'\r`);
  await screen.shows("└ [----------] 0 %  0 B / 100 B  ten.txt  Esc stops it");
  screen.type("a draft");
  await screen.shows("> a draft");
  release();
  await screen.shows("number 3 is in");
  await screen.until((text) => !text.includes("Esc stops it"));
  expect(readFileSync(join(folder, "my copy.txt"))).toEqual(content);
});

test("Esc stops a transfer, and the same command goes on from there", async () => {
  const { connection, begun, release } = hubWithFile();
  const screen = await screens.open({ connection });
  const command = `/get 3 ${folder}/later.txt\r`;
  screen.type(command);
  await begun;
  await screen.shows("Esc stops it");
  screen.type("\u001b");
  await screen.until((text) => /the same command goes on from here[^]*└ stopped after/.test(text));
  expect(existsSync(join(folder, "later.txt"))).toBe(false);
  screen.type(command);
  release();
  await screen.shows("number 3 is in");
  expect(connection.runs.at(-1)?.argv).toEqual(["3", "40"]);
  expect(readFileSync(join(folder, "later.txt"))).toEqual(content);
});

test("what is there already stays, and no more than four are under way", async () => {
  const { connection, release } = hubWithFile();
  const screen = await screens.open({ connection });
  writeFileSync(join(folder, "mine.txt"), "mine");
  screen.type(`/get 3 ${folder}/mine.txt\r`);
  await screen.shows("is there already");
  for (const each of [1, 2, 3, 4, 5]) screen.type(`/get 3 ${folder}/${each}.txt\r`);
  await screen.shows("4 transfers are under way; wait for one, or stop it");
  release();
  await connection.until(() => [1, 2, 3, 4].every((each) => existsSync(join(folder, `${each}.txt`))));
  expect(existsSync(join(folder, "5.txt"))).toBe(false);
  expect(readFileSync(join(folder, "mine.txt"), "utf8")).toBe("mine");
});

test("a hub without files is told of in a sentence, and help does not offer them", async () => {
  const screen = await screens.open();
  screen.type("/put letter.txt\r");
  await screen.shows("this hub keeps no files for you: it has no /put");
  screen.type("/help\r");
  await screen.shows("/quit  Leave palaver");
  expect(screen.rows().join("\n")).not.toContain("Share files");
  expect(screen.connection.runs).toEqual([]);
});

test("a file that is not there fails, the others are sent all the same", async () => {
  const { connection } = hubWithFile();
  const screen = await screens.open({ connection });
  screen.type(`/put ${folder}/none\r`);
  await screen.shows("└ no such file or directory");
  screen.type(`/put '${folder}/no 1' '${folder}/no 2'\r`);
  await screen.until((text) => /no 1:\s[^]*no 2:\s[^]*└ status 1/.test(text));
});

test("line by line a transfer is told of twice: when it begins and when it is done", async () => {
  const { connection, release } = hubWithFile();
  release();
  const pipe = startPipe({ command: "chat", hub, room: "lobby", linear: true }, { connection });
  pipe.stdin.end(`/get 3 ${folder}/linear.txt\n`);
  expect(await pipe.status).toBe(0);
  const told = pipe.stdout.split("\n").filter((line) => line.startsWith("-- "));
  expect(told).toEqual([
    "-- fetching ten.txt, 100 B; /stop stops it",
    `-- number 3 is in ${folder}/linear.txt, 100 B`,
  ]);
});
