import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTool } from "../../../../test/e2e/tools.ts";
import { createClaims } from "../../src/files/claims.ts";
import type { FilesContext } from "../../src/files/context.ts";
import { readLimits, settings } from "../../src/files/settings.ts";
import { openShelf } from "../../src/files/shelf.ts";
import { createTransfers } from "../../src/files/transfers.ts";
import { expire, reconcile } from "../../src/files/upkeep.ts";
import { openVault } from "../../src/files/vault.ts";

const hourMs = 3_600_000;
let directory: string;
let content: string;
let context: FilesContext;
const warnings: string[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "palaver-files-"));
  content = join(directory, "content");
  warnings.length = 0;
  const limits = readLimits(settings.parse({ keep: "2h", keep_part: "1h" }));
  const warn = (message: string) => void warnings.push(message);
  const shelf = openShelf(new DatabaseSync(":memory:"));
  context = {
    limits,
    shelf,
    claims: createClaims(shelf, content),
    vault: openVault(content),
    transfers: createTransfers(limits, () => 0),
    log: { info: warn, warn, error: warn, progress: warn },
  } as unknown as FilesContext;
});
afterEach(() => {
  context.claims[Symbol.dispose]();
  rmSync(directory, { recursive: true });
});

async function add(name: string, at: number, isStored: boolean): Promise<number> {
  const { shelf, vault } = context;
  const row = shelf.add({ owner: "key", nick: "ann", name, size: 4, room: null }, vault.newName(), at);
  const part = await vault.openPart(row.storage);
  await part.write("data");
  if (isStored) {
    await vault.keep(row.storage, part);
    shelf.store(row.id, row.claim, "00", at);
  }
  await part.close();
  return row.id;
}

test("files and parts go when their time is over, with their content; what is being written stays", async () => {
  const { shelf } = context;
  const old = await add("old", 0, true);
  const young = await add("young", hourMs, true);
  const oldPart = await add("old part", hourMs, false);
  const written = await add("written", 0, false);
  context.claims.ask(written);
  await expire(context, 2.5 * hourMs);
  expect(shelf.all().map(({ id }) => id)).toEqual([young, written]);
  expect([shelf.get(old), shelf.get(oldPart)]).toEqual([undefined, undefined]);
  expect(readdirSync(content)).toHaveLength(2);
});

test("after a crash, content without an entry goes, and entries of stored files without content", async () => {
  const { shelf } = context;
  const kept = await add("kept", 0, true);
  const part = await add("part", 0, false);
  const gone = await add("gone", 0, true);
  await context.vault.remove(shelf.get(gone)?.storage ?? "");
  writeFileSync(join(content, "stray"), "x");
  writeFileSync(join(content, "other.part"), "x");
  await reconcile(context);
  expect(shelf.all().map(({ id }) => id)).toEqual([kept, part]);
  expect(readdirSync(content)).toHaveLength(2);
  expect(warnings).toHaveLength(3);
});

test("what another instance stores while one begins stays", async () => {
  const { vault } = context;
  const names = async () => {
    const before = await vault.names();
    await add("new", 0, true);
    return before;
  };
  await reconcile({ ...context, vault: { ...vault, names } });
  expect(context.shelf.all()).toMatchObject([{ name: "new" }]);
  expect([warnings, readdirSync(content).length]).toEqual([[], 1]);
});

test("a link, a folder and a pipe among the files are not opened", async () => {
  const { vault } = context;
  writeFileSync(join(directory, "secret"), "secret");
  symlinkSync(join(directory, "secret"), join(content, "link"));
  symlinkSync(join(directory, "new"), join(content, "link.part"));
  mkdirSync(join(content, "folder"));
  await expect(vault.openStored("link")).rejects.toThrow("ELOOP");
  await expect(vault.openPart("link")).rejects.toThrow("ELOOP");
  await expect(vault.openStored("folder")).rejects.toThrow("no file");
  symlinkSync("/dev/zero", join(content, "device"));
  await expect(vault.openStored("device")).rejects.toThrow("ELOOP");
  expect(readdirSync(directory).toSorted()).toEqual(["content", "secret"]);
});

test("on a full disk a file can be removed, which makes room", async () => {
  const script = join(import.meta.dirname, "full-disk.ts");
  const mount = `mount -t tmpfs -o size=1m palaver ${directory} && exec "$@"`;
  const args = ["-Urm", "sh", "-c", mount, "sh", process.execPath, script, directory];
  const { stdout } = await promisify(execFile)(findTool("unshare"), args);
  expect(JSON.parse(stdout)).toEqual({
    refused: expect.stringContaining("database or disk is full"),
    left: [],
    content: [],
  });
});
