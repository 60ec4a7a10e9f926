import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { referencePages } from "../../scripts/reference/pages.ts";
import { repository } from "./page-place.ts";

const directory = join(repository, "docs/reference");

test("the reference is what the code says now", async () => {
  const pages = await referencePages();
  expect(readdirSync(directory).toSorted()).toEqual(Object.keys(pages).toSorted());
  for (const [name, text] of Object.entries(pages)) {
    const page = readFileSync(join(directory, name), "utf8");
    expect(page, `docs/reference/${name} is older than the code; run: npx -y pnpm@12 docs:reference`).toBe(
      text,
    );
  }
});
