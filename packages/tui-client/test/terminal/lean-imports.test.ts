import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import cachedStringWidth from "../../src/terminal/cached-string-width.ts";
import { leanSource } from "../../src/terminal/lean-imports.ts";

test("the installed Ink is one whose caches can be kept, and another one stays as it is", () => {
  const ink = join(dirname(createRequire(import.meta.url).resolve("ink")), "output.js");
  expect(leanSource(ink, readFileSync(ink, "utf8"))).toContain("caches = keptCaches();");
  expect(leanSource(ink, "another version")).toBe("another version");
});

test("a width is the same the first time and when it is known", () => {
  for (const text of [
    "",
    "abc",
    "你好",
    "👨‍👩‍👧‍👦",
    "é",
    "\u001b[31mred\u001b[39m",
    "·–—‘’“”…↑→↓─│┌└┴▸●",
    "x".repeat(2000),
  ]) {
    expect(cachedStringWidth(text)).toBe(stringWidth(text));
    expect(cachedStringWidth(text)).toBe(stringWidth(text));
  }
});
