import { Refusal } from "@palaver/plugin-api";
import type { Asked } from "./claims.ts";
import type { FilesContext } from "./context.ts";
import { formatSize } from "./file-size.ts";
import type { FileRow, Wish } from "./shelf.ts";
import { minimumPace } from "./transfers.ts";

// A part is dated when it is new and as it grows, by the minimum at least: to ask again, or to send a byte, changes nothing
// for longer than its lease, and nothing at all when it has not grown for as long as the minimum takes.
const leftMs = 60_000;

/** What is stored, or the claim to a part, which is to be taken. */
type Place = { readonly stored: FileRow } | { readonly asked: Asked };

/**
 * The place of a file that is to come: the one it has from before, stored or not, or a new one within all quotas. What is
 * reserved counts whole, so that two files on their way cannot pass a limit together.
 * @param isAnew what is stored already is not meant; a part is begun again.
 * @throws {Refusal} TOO_LARGE or BUSY
 */
export async function reserve(context: FilesContext, wish: Wish, isAnew: boolean): Promise<Place> {
  const { claims, limits, log, shelf, vault } = context;
  if (wish.size > limits.maxFileBytes) {
    throw new Refusal(`A file has at most ${formatSize(limits.maxFileBytes)} here.`, "TOO_LARGE");
  }
  const freeBytes = await vault.freeBytes();
  const givenUp: FileRow[] = [];
  // No worker reserves between the look and the entry.
  const place = shelf.exclusively((): Place => {
    const known = shelf.find(wish);
    if (known && known.sha256 !== null && !isAnew) return { stored: known };
    const { id } = known?.sha256 === null ? known : addWithin(context, wish, freeBytes, givenUp);
    return { asked: claims.ask(id) };
  });
  for (const { id, storage } of givenUp) {
    claims.changed(id);
    vault.remove(storage).catch((error: unknown) => {
      log.error("a part could not be removed", { reason: String(error) });
    });
  }
  return place;
}

/** A new row, within all quotas. @param givenUp gets the rows that gave way to it; their content is still to be removed. */
function addWithin(
  { limits, log, shelf, vault }: FilesContext,
  wish: Wish,
  freeBytes: number,
  givenUp: FileRow[],
): FileRow {
  const giveUp = (parts: readonly FileRow[], isEnough: () => boolean) => {
    for (const part of parts) {
      if (isEnough()) return;
      if (!isLeft(part, Date.now())) continue;
      shelf.remove(part.id);
      givenUp.push(part);
    }
  };
  giveUp(shelf.parts(wish.owner), () => {
    const { bytes, files } = shelf.usage(wish.owner);
    return files < limits.maxUserFiles && bytes + wish.size <= limits.maxUserBytes;
  });
  const own = shelf.usage(wish.owner);
  if (own.files >= limits.maxUserFiles) {
    throw new Refusal(`You have ${own.files} files here; remove one with rm.`, "TOO_LARGE");
  }
  if (own.bytes + wish.size > limits.maxUserBytes) {
    const left = formatSize(Math.max(0, limits.maxUserBytes - own.bytes));
    throw new Refusal(
      `Of your ${formatSize(limits.maxUserBytes)} ${left} are left; remove files with rm.`,
      "TOO_LARGE",
    );
  }
  // Keys cost nothing: what many of them began and left must not keep everybody out until it is too old.
  giveUp(shelf.parts(), () => shelf.usage().bytes + wish.size <= limits.maxBytes);
  const all = shelf.usage();
  if (all.bytes + wish.size > limits.maxBytes || freeBytes < wish.size + limits.minFreeBytes) {
    log.warn("a file was refused: no room is left", { size: wish.size, used: all.bytes, freeBytes });
    throw new Refusal("The hub has no room for this file; try again later, or ask an operator.", "BUSY");
  }
  return shelf.add(wish, vault.newName(), Date.now());
}

/** What was begun and left gives way to what is sent now; what moves, in whichever worker, does not. */
function isLeft({ at, lease }: FileRow, now: number): boolean {
  return now - at >= leftMs && (now - at >= minimumPace.withinMs || now >= lease);
}
