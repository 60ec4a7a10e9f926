import type { RoomMessage } from "@palaver/client";
import { findMentions } from "../text/mentions.ts";
import { sanitizeName, sanitizeText } from "../text/sanitize.ts";
import { type Entry, excerptOf } from "./entry.ts";
import { isComing, tryGather } from "./gathering.ts";
import { MAX_ENTRIES, type ChatState } from "./state.ts";

/** A stored message as an entry, cleaned. `entries` are those before it, for what it answers. */
export function entryOf(
  message: RoomMessage,
  id: number,
  nick: string | undefined,
  entries: readonly Entry[],
): Entry {
  const { seq, at, kind, replyTo, editedAt, deletedAt } = message;
  const from = sanitizeName(message.from);
  const text = sanitizeText(message.text);
  const isMention = kind !== "notice" && from !== nick && findMentions(text, nick).length > 0;
  const answered = replyTo === undefined ? undefined : quoteOf(entries, replyTo);
  const unknown = { seq: replyTo ?? 0, from: sanitizeName(message.to ?? ""), excerpt: "" };
  return {
    id,
    at,
    from,
    kind,
    text,
    delivery: "stored",
    // Notices are not stored and carry 0: they stand where they come.
    ...(seq === 0 ? {} : { seq }),
    ...(isMention || (message.to === nick && from !== nick && nick !== undefined) ? { isMention: true } : {}),
    ...(replyTo === undefined ? {} : { replyTo: answered ?? unknown }),
    ...(editedAt === undefined ? {} : { isEdited: true }),
    ...(deletedAt === undefined ? {} : { isDeleted: true }),
  };
}

/**
 * The entries with further ones, in the hub's order, each message once. A number that starts again with a later time
 * comes from a hub that lost its store, and goes to the end.
 */
export function addEntries(
  entries: readonly Entry[],
  added: readonly Entry[],
  coming: ChatState["coming"] = "grouped",
): readonly Entry[] {
  const all = [...entries];
  for (const entry of added) {
    if (coming === "none" && isComing(entry)) continue;
    const gathered = coming === "grouped" ? tryGather(all.at(-1), entry) : undefined;
    if (gathered === undefined) place(all, entry);
    else all[all.length - 1] = gathered;
  }
  return all.length > MAX_ENTRIES ? all.slice(-MAX_ENTRIES) : all;
}

function place(all: Entry[], entry: Entry): void {
  const { seq } = entry;
  if (seq === undefined) {
    all.push(entry);
    return;
  }
  // What we know from an acknowledgement alone may be far ahead of what the hub has told so far.
  const last = all.findLastIndex((other) => other.seq !== undefined && other.isProvisional !== true);
  const known = all[last];
  const ahead = indexFrom(all, last + 1, (other) => other.seq === seq);
  if (ahead >= 0) takePlace(all, ahead, entry);
  else if (known?.seq === undefined || seq > known.seq) insert(all, entry, last + 1);
  else {
    const same = all.findLastIndex((other) => other.seq === seq);
    const other = all[same];
    if (other?.isProvisional === true || (other && (entry.isProvisional === true || other.at === entry.at)))
      takePlace(all, same, entry);
    else insert(all, entry, entry.at > known.at ? last + 1 : 0);
  }
}

/** The hub's copy takes the place of what we knew from the acknowledgement; anything else is a repetition. */
function takePlace(all: Entry[], index: number, entry: Entry): void {
  const other = all[index];
  if (other?.isProvisional === true && entry.isProvisional !== true) all[index] = { ...entry, id: other.id };
}

/** Before the first of a higher number from there on. */
function insert(all: Entry[], entry: Entry, from: number): void {
  const { seq = 0 } = entry;
  const later = indexFrom(all, from, (other) => other.seq !== undefined && other.seq > seq);
  if (later < 0) all.push(entry);
  else all.splice(later, 0, entry);
}

/** As `findIndex`, from a place on: of ten thousand entries the last few are what matters. */
function indexFrom(all: readonly Entry[], from: number, fits: (entry: Entry) => boolean): number {
  for (let index = from; index < all.length; index++) if (fits(all[index]!)) return index;
  return -1;
}

/** What a message that is answered looks like above the answer; undefined when it is no longer kept. */
export function quoteOf(entries: readonly Entry[], seq: number): NonNullable<Entry["replyTo"]> | undefined {
  const found = entries.findLast((entry) => entry.seq === seq);
  return found === undefined ? undefined : { seq, from: found.from, excerpt: excerptOf(found.text) };
}
