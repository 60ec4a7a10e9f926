import { expect, test } from "vitest";
import { hub, onlineConnection, startPipe } from "../pipe-harness.ts";

const tr = { command: "tr", hub, words: [], json: false } as const;
const dictionary: Record<string, string> = { apple: "苹果", run: "跑", "give up": "放弃" };

function withDictionary() {
  const connection = onlineConnection();
  connection.onRun = (_command, [word = ""]) => ({
    pieces: [{ type: "text", text: dictionary[word] ?? `unknown: ${word}` }],
  });
  return connection;
}

test("words as arguments are answered one a line", async () => {
  const pipe = startPipe({ ...tr, words: ["apple", "run"] }, { connection: withDictionary() });
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toBe("苹果\n跑\n");
  expect(pipe.connection.runs).toMatchObject([
    { command: "tr", argv: ["apple"] },
    { command: "tr", argv: ["run"] },
  ]);
});

test("each line of standard input is one look-up, phrases too", async () => {
  const pipe = startPipe(tr, { connection: withDictionary() });
  pipe.stdin.end("give up\n apple \n");
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toBe("放弃\n苹果\n");
});

test("an answer is printed although no further line has come", async () => {
  const pipe = startPipe(tr, { connection: withDictionary() });
  pipe.stdin.write("apple\n");
  await pipe.connection.until(() => pipe.stdout === "苹果\n");
  pipe.stdin.end();
  expect(await pipe.status).toBe(0);
});

test("an unknown word keeps its line and ends it with 1", async () => {
  const pipe = startPipe({ ...tr, words: ["apple", "qwzx", "run"] }, { connection: withDictionary() });
  expect(await pipe.status).toBe(1);
  expect(pipe.stdout).toBe("苹果\nunknown: qwzx\n跑\n");
  expect(pipe.stderr).toBe("palaver: 1 of 3 unknown\n");
});

test("answers keep the order of the words when a later one is ready first", async () => {
  const connection = onlineConnection();
  const slow = Promise.withResolvers<void>();
  connection.onRun = (_command, [word = ""]) => ({
    pieces: (async function* () {
      if (word === "slow") await slow.promise;
      yield { type: "text", text: `<${word}>` };
    })(),
  });
  const pipe = startPipe({ ...tr, words: ["slow", "quick"] }, { connection });
  await connection.until(() => connection.runs.length === 2);
  slow.resolve();
  expect(await pipe.status).toBe(0);
  expect(pipe.stdout).toBe("<slow>\n<quick>\n");
});

test("--json tells the word, whether it is known, and the answer", async () => {
  const pipe = startPipe({ ...tr, words: ["apple"], json: true }, { connection: withDictionary() });
  expect(await pipe.status).toBe(0);
  expect(JSON.parse(pipe.stdout)).toEqual({ word: "apple", known: true, text: "苹果" });
});
