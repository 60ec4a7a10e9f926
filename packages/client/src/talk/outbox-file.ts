import { appendFileSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "../make-folder.ts";

/** What can be said: new messages, and what is done with those that were said before. */
export const SPEECH_KINDS = ["say", "me", "reply", "edit", "delete", "react", "unreact"] as const;

/** What waits for the hub's answer. */
export interface Speech {
  readonly kind: (typeof SPEECH_KINDS)[number];
  readonly text: string;
  /** The number of the message that it is about; speech of its own has none. */
  readonly target?: number;
}

/** A message that the hub has not stored yet. */
export interface KeptMessage extends Speech {
  /** 32 hexadecimal digits; the same message again has the same id. */
  readonly id: string;
  /** Milliseconds since 1970 when it was said. */
  readonly atMs: number;
  readonly room: string;
}

/** Messages on disk until they are stored. All methods throw what the file system throws. */
export interface OutboxFile {
  load(): KeptMessage[];
  append(message: KeptMessage): void;
  /** The message is stored, or never will be. */
  done(id: string): void;
  /** Rewrites the file without what is done; removes it when nothing is left. */
  compact(): void;
}

/** A hub knows the ids of what it stored, but not for ever; and nobody expects last week's word today. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;
/** A thousand messages of 4 KiB, each byte escaped. A larger file is not ours. */
const MAX_FILE_BYTES = 32 << 20;
/** Lines after which what is done is taken out. */
const MAX_LINES = 4000;

/**
 * Opens the outbox of one user at one hub: lines of JSON, only ever appended, so that several clients of the same user
 * may share it. A message that two of them send has one id, and is stored once.
 */
export function openOutboxFile(file: string, now: () => number = Date.now): OutboxFile {
  let lines = 0;

  function appendLine(value: object): void {
    if (lines === 0) makeFolder(dirname(file));
    // A line that a crash cut off ends here.
    const separator = lines === 0 ? "\n" : "";
    appendFileSync(file, `${separator}${JSON.stringify(value)}\n`, { mode: 0o600 });
    lines++;
    if (lines >= MAX_LINES) compact();
  }

  function read(): Map<string, KeptMessage> {
    const kept = new Map<string, KeptMessage>();
    let text: string;
    try {
      if (statSync(file).size > MAX_FILE_BYTES) throw new Error(`${file} is too large`);
      text = readFileSync(file, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return kept;
      throw error;
    }
    for (const line of text.split("\n")) {
      const entry = tryParse(line);
      if (typeof entry === "string") kept.delete(entry);
      else if (entry && entry.atMs > now() - MAX_AGE_MS) kept.set(entry.id, entry);
    }
    return kept;
  }

  function compact(): void {
    const kept = [...read().values()];
    lines = 0;
    if (kept.length === 0) {
      rmSync(file, { force: true });
      return;
    }
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, kept.map((message) => `${JSON.stringify(message)}\n`).join(""), { mode: 0o600 });
    renameSync(draft, file);
  }

  return {
    load: () => [...read().values()],
    append: appendLine,
    done: (id) => appendLine({ done: id }),
    compact() {
      // Who wrote nothing leaves it to whoever did: another process may be writing just now.
      if (lines > 0) compact();
    },
  };
}

/** A message, the id of one that is done, or nothing for a line that is neither. */
function tryParse(line: string): KeptMessage | string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { done, id, atMs, room, text, target, ...rest } = value as { [key: string]: unknown };
  if (typeof done === "string") return done;
  const kind = SPEECH_KINDS.find((known) => known === rest["kind"]);
  const isMessage =
    typeof id === "string" &&
    /^[0-9a-f]{32}$/.test(id) &&
    typeof atMs === "number" &&
    typeof room === "string" &&
    kind !== undefined &&
    typeof text === "string";
  if (!isMessage) return undefined;
  if (kind === "say" || kind === "me") return { id, atMs, room, kind, text };
  return Number.isSafeInteger(target) ? { id, atMs, room, kind, text, target: target as number } : undefined;
}
