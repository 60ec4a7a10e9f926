import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import type { FilesContext } from "../../src/files/context.ts";
import { readLimits, settings } from "../../src/files/settings.ts";
import { openShelf } from "../../src/files/shelf.ts";
import { createTransfers } from "../../src/files/transfers.ts";
import { openVault } from "../../src/files/vault.ts";

export interface TestFiles {
  readonly context: FilesContext;
  /** Of the contents; it goes when the test is over. */
  readonly directory: string;
  /** Of the transfers: it stands still. */
  readonly clock: { nowMs: number };
}

/** What the plugin's parts share, without a hub: nobody is online. */
export function createFilesContext(wanted: Readonly<Record<string, unknown>> = {}): TestFiles {
  const directory = mkdtempSync(join(tmpdir(), "palaver-files-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const clock = { nowMs: 0 };
  const limits = readLimits(settings.parse({ keep_free: "1B", ...wanted }));
  const context = {
    limits,
    shelf: openShelf(new DatabaseSync(":memory:")),
    vault: openVault(directory),
    transfers: createTransfers(limits, () => clock.nowMs),
    sha256() {
      const hash = createHash("sha256");
      return {
        update: async (bytes: Uint8Array) => void hash.update(bytes),
        digest: () => hash.copy().digest(),
      };
    },
    users: { online: () => [] },
    log: { info: () => {}, warn: () => {}, error: () => {}, progress: () => {} },
  } as unknown as FilesContext;
  return { context, directory, clock };
}
