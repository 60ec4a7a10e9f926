import { tryComing } from "../text/coming.ts";
import type { Entry } from "./entry.ts";

/** Notices further apart than this are told one by one. */
const GATHER_MS = 300_000;

/** Whether an entry says that somebody came or went. */
export function isComing({ kind, from, text }: Entry): boolean {
  return kind === "notice" && tryComing(from, text) !== undefined;
}

/**
 * The last entry with a further one gathered into it, when both say that somebody came or went: five hundred of them in a row
 * are one line, which says what the last one did. Undefined when they stand alone.
 */
export function tryGather(last: Entry | undefined, added: Entry): Entry | undefined {
  if (last === undefined || !isComing(added) || !isComing(last)) return undefined;
  if (added.at - last.at > GATHER_MS) return undefined;
  return { ...added, id: last.id, gathered: (last.gathered ?? 1) + 1 };
}
