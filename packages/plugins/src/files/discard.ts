import type { FilesContext } from "./context.ts";
import type { FileRow } from "./shelf.ts";
import { isDiskFull } from "./vault.ts";

/**
 * Removes a file. First the row: content without one is swept, a row without content would lie. But a full disk may
 * take no change of the list before some content is gone.
 */
export async function discard(
  { shelf, vault }: Pick<FilesContext, "shelf" | "vault">,
  { id, storage }: Pick<FileRow, "id" | "storage">,
): Promise<void> {
  try {
    shelf.remove(id);
    await vault.remove(storage);
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await vault.remove(storage);
    shelf.remove(id);
  }
}
