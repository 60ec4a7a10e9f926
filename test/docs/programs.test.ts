import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTemporaryFolder } from "../e2e/temporary-folder.ts";
import { readBlocks } from "./blocks.ts";
import { repository } from "./page-place.ts";

const linked = {
  "@palaver/plugin-api": "packages/plugin-api",
  "@palaver/client": "packages/client",
  zod: "packages/plugins/node_modules/zod",
  "@types/node": "node_modules/@types/node",
};

// Node only erases types; whoever copies a program into an editor has them checked.
test("the TypeScript that pages show has no type errors", () => {
  using folder = createTemporaryFolder();
  for (const [name, path] of Object.entries(linked)) {
    mkdirSync(join(folder.path, "node_modules", name, ".."), { recursive: true });
    symlinkSync(join(repository, path), join(folder.path, "node_modules", name));
  }
  let programs = 0;
  for (const page of globSync("{README,docs/**/*}.md", { cwd: repository })) {
    for (const { language, label, text } of readBlocks(readFileSync(join(repository, page), "utf8"))) {
      if (language !== "ts") continue;
      // Programs of one page import each other.
      folder.write(`${page}-programs/${label}`, text);
      programs++;
    }
  }
  expect(programs).toBeGreaterThan(5);
  const options = { extends: join(repository, "tsconfig.base.json"), compilerOptions: { noEmit: true } };
  folder.write("tsconfig.json", JSON.stringify(options));
  folder.write("package.json", '{ "type": "module" }');
  const tsc = join(repository, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", folder.path], { encoding: "utf8" });
  expect(stdout).toBe("");
});
