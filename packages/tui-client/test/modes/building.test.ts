import { setTimeout as wait } from "node:timers/promises";
import type { RunPiece } from "@palaver/client";
import { afterEach, expect, test } from "vitest";
import { openScreens } from "./open-screens.ts";
import { hub, onlineConnection, startPipe } from "./pipe-harness.ts";

const screens = openScreens();
afterEach(screens.close);

/** A hub that builds its dictionary; it is at 43 % until `finish`. */
function buildingHub() {
  const connection = onlineConnection();
  const finished = Promise.withResolvers<void>();
  async function* answer(word: string): AsyncGenerator<RunPiece> {
    const text = "the dictionary is being built: 43 %";
    yield { type: "text", text, data: { progress: 0.43, task: "dictionary" } };
    await finished.promise;
    yield { type: "text", text: `${word} 苹果` };
  }
  connection.onRun = (_command, [word = ""]) => ({ pieces: answer(word) });
  return { connection, finish: () => finished.resolve() };
}

test("a look-up shows how far the hub's dictionary is, and then the answer alone", async () => {
  const { connection, finish } = buildingHub();
  const screen = await screens.open({ connection });
  screen.type("/tr apple\r");
  await screen.shows("└ [####------] 43 %  building the dictionary");
  finish();
  await screen.shows("│ apple 苹果");
  await screen.until((text) => !text.includes("building"));
});

test("in Chinese it is told in Chinese", async () => {
  const { connection } = buildingHub();
  const screen = await screens.open({ connection, lang: "zh" });
  screen.type("/tr apple\r");
  await screen.shows("[####------] 43 %  正在建立词典");
});

test("a word of a message waits for the dictionary, and says how far it is", async () => {
  const { connection, finish } = buildingHub();
  const screen = await screens.open({ connection });
  connection.store("bob", "an apple");
  await screen.shows("an apple");
  screen.type("\u001bt");
  await screen.shows("[####------] 43 %  building the dictionary");
  finish();
  await screen.shows("apple 苹果");
});

test("line by line it is told once, without a bar", async () => {
  const { connection, finish } = buildingHub();
  const chat = { command: "chat", hub, room: "lobby", linear: true } as const;
  const pipe = startPipe(chat, { connection });
  pipe.stdin.write("/tr apple\n");
  await connection.until(() => pipe.stdout.includes("building the dictionary"));
  finish();
  await connection.until(() => pipe.stdout.includes("apple"));
  pipe.stdin.end();
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toBe("-- building the dictionary\n-- apple 苹果\n");
});

test("in a script only the answer is printed, however long it takes", async () => {
  const connection = onlineConnection();
  const timeoutMs = 1000;
  async function* answer(): AsyncGenerator<RunPiece> {
    yield { type: "text", text: "being built", data: { progress: 0.5, task: "dictionary" } };
    await wait(1.5 * timeoutMs);
    yield { type: "text", text: "apple 苹果", data: { found: true } };
  }
  connection.onRun = () => ({ pieces: answer() });
  const tr = { command: "tr", hub: { ...hub, timeoutMs }, words: ["apple"], json: true } as const;
  const pipe = startPipe(tr, { connection });
  expect(await pipe.status).toBe(0);
  expect(JSON.parse(pipe.stdout)).toEqual({
    word: "apple",
    known: true,
    text: "apple 苹果",
    data: { found: true },
  });
  expect(pipe.stderr).toBe("");
});

test.each([
  ["no number", { progress: "half", task: "dictionary" }],
  ["not a number", { progress: Number.NaN }],
])("a progress that is %s is an answer like any other", async (_, data) => {
  const connection = onlineConnection();
  connection.onRun = () => ({ pieces: [{ type: "text", text: "half of it", data }] });
  const screen = await screens.open({ connection });
  screen.type("/tr apple\r");
  await screen.shows("│ half of it");
});

test("another task is told in the hub's words, cleaned, and never beyond its end", async () => {
  const connection = onlineConnection();
  const held = Promise.withResolvers<void>();
  async function* answer(): AsyncGenerator<RunPiece> {
    yield { type: "text", text: "counting\u001b[31m the books\nslowly", data: { progress: 7 } };
    await held.promise;
  }
  connection.onRun = () => ({ pieces: answer() });
  const screen = await screens.open({ connection });
  screen.type("/count\r");
  await screen.shows("└ [##########] 100 %  counting the books slowly");
  held.resolve();
  await screen.until((text) => !text.includes("counting"));
});
