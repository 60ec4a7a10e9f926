import type { FileHandle } from "node:fs/promises";
import { release, type Sha256 } from "@palaver/protocol";
import { writeAt } from "./file-content.ts";

/** Fewer, larger writes: each wakes a thread. */
const BLOCK_BYTES = 512 << 10;
/** The disk begins early, so that little is left for the end. */
const SYNC_BYTES = 16 << 20;

/**
 * Writes bytes one behind the other, and adds them to a hash, a block at a time; while one is written, the next one is
 * gathered.
 */
export interface PartWriter {
  /** Lets go of the bytes' memory. @throws what the system throws, for these or for earlier bytes. */
  add(bytes: Uint8Array): Promise<void>;
  /** Resolves when everything is with the system, and in the hash. */
  flush(): Promise<void>;
}

/** @param position where the first bytes go. */
export function createPartWriter(part: FileHandle, position: number, hash: Sha256): PartWriter {
  let [block, other] = [Buffer.allocUnsafeSlow(BLOCK_BYTES), Buffer.allocUnsafeSlow(BLOCK_BYTES)] as const;
  let length = 0;
  let storing: Promise<unknown> = Promise.resolve();
  let syncing: Promise<void> = Promise.resolve();
  let isSyncing = false;
  let syncedTo = position;

  /** Begins to store the block; the other one is free then. */
  async function start(): Promise<void> {
    await storing;
    const bytes = block.subarray(0, length);
    storing = Promise.all([writeAt(part, bytes, position), hash.update(bytes)]);
    // Whoever waits next hears of it.
    storing.catch(() => {});
    position += length;
    length = 0;
    [block, other] = [other, block];
    if (isSyncing || position - syncedTo < SYNC_BYTES) return;
    syncedTo = position;
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
      for (let from = 0; from < bytes.length;) {
        const piece = bytes.subarray(from, from + BLOCK_BYTES - length);
        block.set(piece, length);
        from += piece.length;
        length += piece.length;
        if (length === BLOCK_BYTES) await start();
      }
      release(bytes);
    },
    async flush() {
      await start();
      await storing;
      await syncing;
    },
  };
}
