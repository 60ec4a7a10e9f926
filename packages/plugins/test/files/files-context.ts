import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Sha256 } from "@palaver/plugin-api";
import { onTestFinished } from "vitest";
import { createClaims } from "../../src/files/claims.ts";
import type { FilesContext } from "../../src/files/context.ts";
import { readLimits, settings } from "../../src/files/settings.ts";
import { openShelf } from "../../src/files/shelf.ts";
import { createTransfers } from "../../src/files/transfers.ts";
import { openVault } from "../../src/files/vault.ts";

export interface TestFiles {
  readonly context: FilesContext;
  readonly database: DatabaseSync;
  /** Of the contents; it goes when the test is over. */
  readonly directory: string;
  /** Another instance on the same table and contents, as another worker has it. */
  beside(): TestFiles;
  /** Of the transfers: it stands still. */
  readonly clock: { nowMs: number };
}

/** As storage has it, on this thread. */
export function sha256(): Sha256 {
  const hash = createHash("sha256");
  return {
    update: async (bytes) => void hash.update(bytes),
    digest: () => hash.copy().digest(),
  };
}

/** What the plugin's parts share, without a hub: nobody is online. */
export function createFilesContext(wanted: Readonly<Record<string, unknown>> = {}): TestFiles {
  const folder = mkdtempSync(join(tmpdir(), "palaver-files-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return createInstance(folder, wanted);
}

function createInstance(folder: string, wanted: Readonly<Record<string, unknown>>): TestFiles {
  const directory = join(folder, "content");
  const database = new DatabaseSync(join(folder, "files.db"));
  database.exec("PRAGMA journal_mode = WAL");
  const shelf = openShelf(database);
  const claims = createClaims(shelf, directory);
  onTestFinished(() => {
    claims[Symbol.dispose]();
    database.close();
  });
  const clock = { nowMs: 0 };
  const limits = readLimits(settings.parse({ keep_free: "1B", ...wanted }));
  const context = {
    limits,
    shelf,
    claims,
    vault: openVault(directory),
    transfers: createTransfers(limits, () => clock.nowMs),
    sha256,
    users: { online: () => [] },
    log: { info: () => {}, warn: () => {}, error: () => {}, progress: () => {} },
  } as unknown as FilesContext;
  return { context, database, directory, clock, beside: () => createInstance(folder, wanted) };
}
