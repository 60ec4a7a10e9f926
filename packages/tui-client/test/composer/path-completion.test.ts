import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { completePath, isPathPlace } from "../../src/composer/path-completion.ts";

const folder = mkdtempSync(join(tmpdir(), "palaver-paths-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "my papers"));
for (const name of ["letter.txt", "my photo.png", ".secret", "bad\u001b[31m", "my papers/one.pdf"])
  writeFileSync(join(folder, name), "");
symlinkSync("my papers", join(folder, "here"));
symlinkSync("nothing", join(folder, "lost"));

test.each([
  ["/put F/let", "/put F/letter.txt "],
  [String.raw`/put a F/my\ ph`, String.raw`/put a F/my\ photo.png `],
  ["/put F/m", String.raw`/put F/my\ p`],
  [String.raw`/put F/my\ papers/o`, String.raw`/put F/my\ papers/one.pdf `],
  ["/put F/he", "/put F/here/"],
  ["/put F/lo", "/put F/lost "],
  ["/put F/.s", "/put F/.secret "],
  ["/put F/bad", undefined],
  ["/put F/nowhere/x", undefined],
  ["/get 3 F/let", undefined],
  ["/get 3 F/h", "/get 3 F/here/"],
])("%s becomes %s", (before, expected) => {
  const text = before.replace("F", folder);
  expect(isPathPlace(text, text.length)).toBe(true);
  expect(completePath(text, text.length)?.text).toBe(expected?.replace("F", folder));
});

test("without a name all that is not hidden is to choose from", () => {
  const text = `/put ${folder}/`;
  const choices = completePath(text, text.length)?.choices.map((path) => path.slice(folder.length + 1));
  expect(choices).toEqual([
    "here/",
    "letter.txt",
    "lost",
    String.raw`my\ papers/`,
    String.raw`my\ photo.png`,
  ]);
});

test.each(["/get 3", "/get my\\ ", "/putter x", "say /put x", "/put"])("no path is written in %j", (text) => {
  expect(isPathPlace(text, text.length)).toBe(false);
});
