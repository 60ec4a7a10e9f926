import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { fileSchema } from "../../packages/server/src/config/schema.ts";
import { repository } from "./page-place.ts";
import { runPage } from "./run-page.ts";

// The wire's specification and the figures have tests of their own.
const elsewhere = new Set(["docs/protocol.md", "docs/performance.md"]);
// Pages about starting and stopping do that themselves.
const bringsHub = new Set(["docs/operations.md"]);
const pages = globSync("{README,CONTRIBUTING,SECURITY,CHANGELOG,docs/*}.md", { cwd: repository })
  .filter((page) => !elsewhere.has(page))
  .toSorted();

// Run by test/e2e/example-plugins.test.ts.
const linked = [...pages, "examples/plugins/README.md"];

// Each page has a hub of its own; more of them at once only wait for each other.
vi.setConfig({ maxConcurrency: 2 });

describe.concurrent("what a page shows is what happens", () => {
  test.for(pages)("%s", { timeout: 120_000 }, async (page) => {
    await runPage(page, { bringsHub: bringsHub.has(page) });
  });
});

test.for(linked)("%s links only to what is there", (page) => {
  const text = readFileSync(join(repository, page), "utf8").replaceAll(/^```[^]*?^```/gm, "");
  const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  for (const [whole, path = "", anchor] of links) {
    const target = path === "" ? page : join(dirname(page), path);
    expect(existsSync(join(repository, target)), whole).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(target), whole).toContain(anchor);
  }
});

test.for(linked)("%s names only files that are there, and tests by their names", (page) => {
  const text = readFileSync(join(repository, page), "utf8");
  for (const [, path = ""] of text.matchAll(/`((?:packages|test|docs|scripts|examples)\/[^`\s]*)`/g)) {
    expect(existsSync(join(repository, path)), path).toBe(true);
  }
  for (const [, path = "", name = ""] of text.matchAll(/`(\S+\.test\.ts)`: "([^"]+)"/g)) {
    expect(readFileSync(join(repository, path), "utf8"), path).toContain(name);
  }
});

test("docs/configuration.md has every setting with a default, and the default", () => {
  // The formatter pads tables.
  const page = readFileSync(join(repository, "docs/configuration.md"), "utf8").replaceAll(/ +/g, " ");
  for (const [name, value] of settingsOf(fileSchema.parse({}))) {
    expect(page).toContain(`| \`${name}\` |`);
    if (typeof value === "number") expect(page).toContain(`| \`${name}\` | \`${value}\``);
  }
});

/** `text.burst` and its value, for each setting; lists count as one. */
function settingsOf(table: object, prefix = ""): readonly (readonly [string, unknown])[] {
  return Object.entries(table).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? settingsOf(value, `${prefix}${key}.`)
      : [[`${prefix}${key}`, value] as const],
  );
}

function anchorsOf(page: string): readonly string[] {
  const headings = readFileSync(join(repository, page), "utf8").matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}
