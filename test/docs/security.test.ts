import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "./page-place.ts";

const page = readFileSync(join(repository, "SECURITY.md"), "utf8");

/** Rows of the table below a heading: promise and proof. */
function rowsBelow(heading: string): readonly (readonly [string, string])[] {
  const [, rest = ""] = page.split(`## ${heading}\n`);
  const [section = ""] = rest.split("\n## ");
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => {
    const [, promise = "", proof = ""] = row.split(/(?<!\\)\|/);
    return [promise.trim(), proof.trim()];
  });
}

// That each named file and test is there, pages.test.ts sees.
test("every promise names a test that proves it", () => {
  const rows = rowsBelow("What is promised, and which test proves it");
  expect(rows.length).toBeGreaterThan(30);
  for (const [promise, proof] of rows) {
    expect(promise, proof).toMatch(/^[A-Z]/);
    expect(proof, promise).toMatch(/`[\w./-]+\.test\.ts`/);
  }
  const promises = rows.map(([promise]) => promise);
  expect(new Set(promises).size).toBe(promises.length);
});

test("a test that proves something is not switched off", () => {
  for (const [promise, proof] of rowsBelow("What is promised, and which test proves it")) {
    for (const [, path = "", name = ""] of proof.matchAll(/`(\S+\.test\.ts)`: "([^"]+)"/g)) {
      const source = readFileSync(join(repository, path), "utf8");
      const before = source.slice(0, source.indexOf(name));
      expect(before.slice(-40), promise).not.toMatch(/\.(?:skip|todo|fails)\b[^;]*$/);
    }
  }
});
