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
  readonly room: string;
}

/**
 * Messages on disk until they are stored, whatever their age: a hub knows the id of what it stored for as long as it keeps it.
 * All methods throw what the file system throws; what it did not take then is tried again with the next call.
 */
export interface OutboxFile {
  load(): KeptMessage[];
  append(message: KeptMessage): void;
  /** The message is stored, or never will be. */
  done(id: string): void;
  /** Messages that the disk has not taken. */
  unkept(): KeptMessage[];
  /** Rewrites the file without what is done; removes it when nothing is left. */
  compact(): void;
}

/** A thousand messages of 4 KiB, each byte escaped. A larger file is not ours. */
const MAX_FILE_BYTES = 32 << 20;
/** Lines after which what is done is taken out. */
const MAX_LINES = 4000;

/**
 * Opens the outbox of one user at one hub: lines of JSON, only ever appended, so that several clients of the same user
 * may share it. A message that two of them send has one id, and is stored once.
 */
export function openOutboxFile(file: string): OutboxFile {
  let lines = 0;
  /** Our last line stands there to its end. */
  let isWhole = false;
  /** What the disk has not taken yet, by the message's id. */
  const unwritten = new Map<string, KeptMessage | { readonly done: string }>();
  /** Why the file cannot be read: what is written there would never be sent. */
  let unreadable: unknown;

  function flush(): void {
    if (unreadable !== undefined) throw unreadable;
    if (!isWhole) makeFolder(dirname(file));
    for (const [id, value] of unwritten) {
      // A line that a crash or a full disk cut off ends here.
      const separator = isWhole ? "" : "\n";
      isWhole = false;
      appendFileSync(file, `${separator}${JSON.stringify(value)}\n`, { mode: 0o600 });
      isWhole = true;
      unwritten.delete(id);
      lines++;
    }
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
      else if (entry) kept.set(entry.id, entry);
    }
    return kept;
  }

  /** Leaves the file as it is where there is no room for a second one. */
  function compact(): void {
    const draft = `${file}.${process.pid}`;
    lines = 0;
    try {
      const kept = [...read().values()];
      if (kept.length === 0) {
        rmSync(file, { force: true });
      } else {
        writeFileSync(draft, kept.map((message) => `${JSON.stringify(message)}\n`).join(""), { mode: 0o600 });
        renameSync(draft, file);
      }
    } catch {
      rmSync(draft, { force: true });
    }
  }

  return {
    load() {
      try {
        return [...read().values()];
      } catch (error) {
        unreadable = error;
        throw error;
      }
    },
    append(message) {
      unwritten.set(message.id, message);
      flush();
    },
    done(id) {
      unwritten.set(id, { done: id });
      flush();
    },
    unkept: () => [...unwritten.values()].filter((value) => "text" in value),
    compact() {
      if (unwritten.size > 0) flush();
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
  const { done, id, room, text, target, ...rest } = value as { [key: string]: unknown };
  if (typeof done === "string") return done;
  const kind = SPEECH_KINDS.find((known) => known === rest["kind"]);
  const isMessage =
    typeof id === "string" &&
    /^[0-9a-f]{32}$/.test(id) &&
    typeof room === "string" &&
    kind !== undefined &&
    typeof text === "string";
  if (!isMessage) return undefined;
  if (kind === "say" || kind === "me") return { id, room, kind, text };
  return Number.isSafeInteger(target) ? { id, room, kind, text, target: target as number } : undefined;
}
