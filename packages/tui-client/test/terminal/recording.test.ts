import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replay } from "../../src/modes/replay.ts";
import { parseRecording, startRecording } from "../../src/terminal/recording.ts";

let folder = "";
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "palaver-cast-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what is recorded is an asciicast of the owner's alone, and is shown again", async () => {
  const file = join(folder, "a.cast");
  let nowMs = 0;
  const recording = startRecording(
    file,
    { columns: 80, rows: 24 },
    () => expect.unreachable(),
    () => nowMs,
  );
  recording.output("\u001b[1mhello\u001b[22m");
  nowMs = 5;
  recording.resize(40, 10);
  recording.output("你好");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, "utf8");
  expect(JSON.parse(text.split("\n")[0] ?? "")).toMatchObject({ version: 2, width: 80, height: 24 });
  expect(parseRecording(text, file)).toEqual([
    [0, "o", "\u001b[1mhello\u001b[22m"],
    [0.005, "r", "40x10"],
    [0.005, "o", "你好"],
  ]);
  const stdout = new PassThrough();
  let shown = "";
  stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  expect(await replay(file, stdout, new AbortController().signal)).toBe(0);
  expect(shown.startsWith("\u001b[1mhello\u001b[22m你好")).toBe(true);
  expect(shown.endsWith("\u001b[?1049l")).toBe(true);
});

test("a recording of somebody else's acts on nothing: it draws, and no more", async () => {
  const file = join(folder, "evil.cast");
  const outputs = [
    "\u001b]52;c;ZXZpbA==\u0007\u001b]0;title\u001b\\\u001b[?1000h\u001b[6n\u001bP1$r\u001b\\\u009b5n\u0005seen",
    "\u001b",
    "]52;c;x\u0007",
    "\u001b]8;;https://example.org\u0007\u001b[38;5;1mlink\u001b[0m\u001b]8;;\u0007\r\n\u001b[2;3H",
  ];
  const events = outputs.map((output) => JSON.stringify([0, "o", output]));
  writeFileSync(file, ['{"version":2}', ...events].join("\n"));
  const stdout = new PassThrough();
  let shown = "";
  stdout.on("data", (chunk: Buffer) => (shown += chunk.toString()));
  await replay(file, stdout, new AbortController().signal);
  expect(shown.startsWith(`5nseen]52;c;x${outputs[3]}`)).toBe(true);
});

test.each([
  ["hello", /:1: is no recording/],
  ['{"version":2}\n[1,"o"', /:2: is no event/],
])("%j is refused with file, line and remedy", (text, told) => {
  const file = join(folder, "b.cast");
  writeFileSync(file, text);
  expect(() => parseRecording(text, file)).toThrow(told);
});
