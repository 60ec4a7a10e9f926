import type { FilesContext } from "./context.ts";
import { discard } from "./discard.ts";

/**
 * Makes folder and table agree after a crash: content that no row knows goes, and so do rows of stored files whose content
 * is gone. A part without content is begun again by its sender.
 */
export async function reconcile({ shelf, vault, log }: FilesContext): Promise<void> {
  const names = new Set(await vault.names());
  for (const row of shelf.all()) {
    if (names.delete(row.storage) || row.sha256 === null) continue;
    // Another worker, or an instance that is being replaced, may have stored it since the names were read.
    if (await vault.isStored(row.storage)) continue;
    log.warn("a file's content is gone; its entry goes too", { file: row.id, name: row.name });
    shelf.remove(row.id);
  }
  for (const name of names) {
    log.warn("content that belongs to no file was removed", { name });
    await vault.remove(name);
  }
}

/** Removes what is too old; what is being written is not. */
export async function expire({ shelf, vault, limits, claims }: FilesContext, now: number): Promise<void> {
  for (const row of shelf.expired(now - limits.keepMs, now - limits.keepPartMs)) {
    if (claims.isWritten(row.id)) continue;
    await discard({ shelf, vault }, row);
  }
}

/** Tells all workers which parts move here. */
export function tellMoving({ claims, transfers, log }: FilesContext): void {
  try {
    claims.extend(transfers.moving());
  } catch (error) {
    // A full disk, mostly. Parts may give way to others then, and their senders go on with what they have.
    log.warn("which files are on their way could not be noted", { reason: String(error) });
  }
}
