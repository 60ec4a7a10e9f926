import { hash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createTemporaryFolder } from "../../../../test/e2e/temporary-folder.ts";
import { BackupError, restoreBackup } from "../../src/backup/restore-backup.ts";
import { type Entry, tarOf } from "./tar-of.ts";

/** Of the first header of an archive: bytes changed, and the checksum right again (POSIX.1-1988, ustar). */
function changed(tar: Buffer, at: number, bytes: Buffer): Buffer {
  bytes.copy(tar, at);
  tar.fill(" ", 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return tar;
}

const [sizeAt, typeAt] = [124, 156];
const large = randomBytes(300_000);
const listOf = (files: Readonly<Record<string, string>>, more: object = {}): Entry => [
  { name: "palaver-backup.json" },
  JSON.stringify({ format: 1, version: "1.0.0", at: "2026-01-01T00:00:00.000Z", files, ...more }),
];
const noDatabase = `SQLite format 3\0${"x".repeat(8000)}`;
const foreign: readonly (readonly [string, () => Promise<Buffer>])[] = [
  [
    "a list that is a folder with content",
    async () => changed(await tarOf(listOf({ a: "x" })), typeAt, Buffer.from("5")),
  ],
  [
    "a size that is none",
    async () =>
      changed(await tarOf([{ name: "a" }, "x"]), sizeAt, Buffer.from("c00101010101010101010101", "hex")),
  ],
  [
    "a size below zero",
    async () => changed(await tarOf([{ name: "a" }, "x"]), sizeAt, Buffer.alloc(12, 0xff)),
  ],
  ["a size of letters", async () => changed(await tarOf([{ name: "a" }, "x"]), sizeAt, Buffer.from("size"))],
  ["a list that is none", () => tarOf([{ name: "palaver-backup.json" }, "{"])],
  ["a version that moves the cursor", () => tarOf(listOf({}, { version: "\u001b[31m" }))],
  ["a date that names the window", () => tarOf(listOf({}, { at: "\u001b]0;x\u0007" }))],
  ["a small file twice", () => tarOf([{ name: "twice" }, "x"], [{ name: "twice" }, "y"])],
  ["a file below a file", () => tarOf([{ name: "file" }, "x"], [{ name: "file/below" }, "y"])],
  ["a small file whose name is too long", () => tarOf([{ name: "n".repeat(300) }, "x"])],
  ["a file twice", () => tarOf([{ name: "a" }, large], [{ name: "a" }, large])],
  ["a file in the place of a folder", () => tarOf([{ name: "a/b" }, large], [{ name: "a" }, large])],
  ["a name that is too long", () => tarOf([{ name: `\u001b[31m${"n".repeat(300)}` }, large])],
  [
    "a database that is none",
    () => tarOf([{ name: "a.db" }, noDatabase], listOf({ "a.db": hash("sha256", noDatabase) })),
  ],
  ["an extension that is too long", () => tarOf([{ name: "a", pax: { comment: "n".repeat(5 << 20) } }, "x"])],
];

test.each(foreign)("is refused, and leaves nothing: %s", async (_what, archive) => {
  const folder = createTemporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const data = join(folder.path, "data");
  mkdirSync(data);
  const file = folder.write("backup.tar.gz", gzipSync(await archive()));
  await expect(restoreBackup(file, data, new AbortController().signal)).rejects.toThrow(BackupError);
  expect(await readdir(data)).toEqual([]);
});
