import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { argumentSchema, problemOf, tryResolve } from "../../src/exec/argument.ts";

const argument = (raw: object) => argumentSchema.parse(raw);
const anything = argument({ type: "pattern", pattern: "[^]*" });

describe("a word of any type", () => {
  test.each([
    ["is empty", ""],
    ["holds a control character", "a\0b"],
    ["holds a control character", "a\nb"],
    ["holds a control character", "\u001b[31m"],
    ["holds a control character", "a\u009bb"],
    ["holds a control character", "a\u2028b"],
    ["holds a control character", "a\ud800b"],
    ["must not start with -", "-rf"],
    ["must not start with -", "--help"],
  ])("that %s is refused", (problem, word) => {
    expect(problemOf(anything, word)).toBe(problem);
  });

  test("may start with a dash where that is declared", () => {
    expect(problemOf({ ...anything, allow_dash: true }, "-rf")).toBeUndefined();
  });
});

test("an enum takes its values only", () => {
  const color = argument({ type: "enum", values: ["red", "blue"] });
  expect(problemOf(color, "red")).toBeUndefined();
  for (const word of ["Red", "red ", "re", "constructor", "red|blue"]) {
    expect(problemOf(color, word)).toBe("must be one of red, blue");
  }
});

test("an integer takes whole decimal numbers in its range only", () => {
  const count = argument({ type: "integer", min: 1, max: 10 });
  for (const word of ["1", "10"]) expect(problemOf(count, word)).toBeUndefined();
  for (const word of ["0", "11", "1.0", "1e0", "0x1", "01", "+1", " 1", "١", "1n", "9".repeat(40)]) {
    expect(problemOf(count, word)).toBe("must be a whole number from 1 to 10");
  }
});

describe("a pattern", () => {
  test("has to match the whole word", () => {
    const word = argument({ type: "pattern", pattern: "a|b" });
    expect(problemOf(word, "a")).toBeUndefined();
    for (const bad of ["ab", "xa", "bx", "A"]) expect(problemOf(word, bad)).toBeDefined();
  });

  test("refuses words longer than 256 characters", () => {
    const letters = argument({ type: "pattern", pattern: "a*" });
    expect(problemOf(letters, "a".repeat(256))).toBeUndefined();
    expect(problemOf(letters, "a".repeat(257))).toBeDefined();
  });

  test("that would take years on a hostile word is given up on, and works for the next", () => {
    const slow = argument({ type: "pattern", pattern: "(a+)+" });
    expect(problemOf(slow, `${"a".repeat(200)}!`)).toBe("does not have the form it must have");
    expect(problemOf(slow, "aaa")).toBeUndefined();
  });
});

test("a word that matches is no miss where the processor is busy", () => {
  const busy = Array.from({ length: 4 }, () => spawn("/bin/sh", ["-c", "while :; do :; done"]));
  try {
    const misses = Array.from({ length: 400 }, (_, index) => problemOf(anything, `word ${index}`)).filter(
      Boolean,
    );
    expect(misses).toEqual([]);
  } finally {
    for (const process of busy) process.kill("SIGKILL");
  }
});

describe("a path", () => {
  let root: string;
  let outside: string;
  let cleanUp: () => void;
  afterAll(() => cleanUp());
  beforeAll(() => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), "palaver-path-")));
    cleanUp = () => rmSync(base, { recursive: true });
    root = join(base, "root");
    outside = join(base, "root-but-not-really");
    mkdirSync(join(root, "deep"), { recursive: true });
    mkdirSync(outside);
    writeFileSync(join(root, "deep", "file"), "");
    writeFileSync(join(outside, "secret"), "");
    symlinkSync(join(outside, "secret"), join(root, "to-secret"));
    symlinkSync(outside, join(root, "to-outside"));
    symlinkSync("deep/file", join(root, "to-file"));
    symlinkSync(root, join(base, "to-root"));
  });
  const resolved = (word: string, below = root) => tryResolve(argument({ type: "path", below }), word);

  test("resolves to the real file below its root", async () => {
    const file = join(root, "deep/file");
    for (const word of ["deep/file", "./deep/../deep/file", file, "to-file"]) {
      expect(await resolved(word)).toBe(file);
    }
    expect(await resolved(".")).toBe(root);
    expect(await resolved("/etc/passwd", "/")).toBe("/etc/passwd");
  });

  test("may have a root that is a symbolic link", async () => {
    expect(await resolved("deep/file", join(root, "../to-root"))).toBe(join(root, "deep/file"));
  });

  test.each([
    "..",
    "../root-but-not-really/secret",
    "/etc/passwd",
    "deep/../../..",
    "to-secret",
    "to-outside/secret",
    "missing",
  ])("%s leads nowhere", async (word) => {
    expect(await resolved(word)).toBeUndefined();
  });
});
