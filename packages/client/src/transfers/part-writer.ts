import type { FileHandle } from "node:fs/promises";
import { writeAt } from "./file-content.ts";

/** Fewer, larger writes: each wakes a thread. */
const GATHERED_BYTES = 512 << 10;
/** The disk begins early, so that little is left for the end. */
const SYNC_BYTES = 16 << 20;

/** Writes pieces one behind the other and lets go of their memory; while some are written, the next are gathered. */
export interface PartWriter {
  /** @throws what the system throws, for these or for earlier bytes. */
  add(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is with the system. */
  flush(): Promise<void>;
}

/** @param position where the first piece goes. */
export function createPartWriter(part: FileHandle, position: number): PartWriter {
  let gathered: Uint8Array[] = [];
  let length = 0;
  let writing: Promise<void> = Promise.resolve();
  let syncing: Promise<void> = Promise.resolve();
  let isSyncing = false;
  let syncedTo = position;

  async function start(): Promise<void> {
    // Before the wait: what comes meanwhile is gathered anew.
    const pieces = gathered;
    const at = position;
    position += length;
    gathered = [];
    length = 0;
    await writing;
    writing = writeAt(part, pieces, at);
    // Whoever waits next hears of it.
    writing.catch(() => {});
    if (isSyncing || at - syncedTo < SYNC_BYTES) return;
    syncedTo = at;
    isSyncing = true;
    syncing = part.datasync();
    // The system tells of a failure only once: it stays, and `flush` throws it.
    syncing.then(
      () => (isSyncing = false),
      () => {},
    );
  }

  return {
    async add(bytes) {
      gathered.push(bytes);
      length += bytes.length;
      if (length >= GATHERED_BYTES) await start();
    },
    async flush() {
      await start();
      await writing;
      await syncing;
    },
  };
}
