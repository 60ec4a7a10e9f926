import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { repository } from "./page-place.ts";
import { runPage } from "./run-page.ts";

// The wire's specification and the figures have tests of their own.
const elsewhere = new Set(["docs/protocol.md", "docs/performance.md"]);
// Pages about starting and stopping do that themselves.
const bringsHub = new Set(["docs/operations.md", "docs/tutorial.md"]);
const pages = globSync("{README,CONTRIBUTING,SECURITY,CHANGELOG,docs/*,docs/*/*}.md", { cwd: repository })
  .filter((page) => !elsewhere.has(page))
  .toSorted();

// Of these the Chinese README has the English one's blocks (translation.test.ts), and test/e2e/example-plugins.test.ts runs the other's.
const linked = [...pages, "README.zh-CN.md", "examples/plugins/README.md"];

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

function anchorsOf(page: string): readonly string[] {
  const headings = readFileSync(join(repository, page), "utf8").matchAll(/^#+ (.+)$/gm);
  return Array.from(headings, ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-"),
  );
}
