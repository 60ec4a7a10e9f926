import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder } from "../src/make-folder.ts";
import { makeConfigDir } from "./client-harness.ts";

test("a folder is made with those above it, for its owner alone, and left alone when it is there", async () => {
  await using config = await makeConfigDir();
  const folder = join(config.path, "a", "b");
  makeFolder(folder);
  makeFolder(folder);
  for (const made of [folder, join(config.path, "a")]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

test("what is in the way is named: a file, a link to nowhere, a folder that takes none", async () => {
  await using config = await makeConfigDir();
  const file = join(config.path, "file");
  const link = join(config.path, "link");
  writeFileSync(file, "");
  symlinkSync("/nowhere/at/all", link);
  for (const path of [file, link]) {
    for (const folder of [path, join(path, "below")]) {
      expect(() => makeFolder(folder)).toThrow(`the folder ${path} cannot be made: file already exists; set`);
    }
  }
  expect(() => makeFolder("/proc/nowhere/palaver")).toThrow(
    "the folder /proc/nowhere cannot be made: no such",
  );
});
