import type { FileHandle } from "node:fs/promises";
import type { Sha256 } from "@palaver/plugin-api";

// Fewer, larger writes: each wakes a thread.
const blockBytes = 512 << 10;
// The disk begins early, so that little is left for the end.
const syncBytes = 16 << 20;
// Less is not worth the call.
const releasedBytes = 8 << 10;

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

/**
 * @param position where the first bytes go.
 * @param expected how many will come; it takes no more memory than these need, twice 512 KiB at most.
 */
export function createPartWriter(
  part: FileHandle,
  position: number,
  expected: number,
  hash: Sha256,
): PartWriter {
  const size = Math.max(1, Math.min(blockBytes, expected));
  let [block, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
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
    if (isSyncing || position - syncedTo < syncBytes) return;
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
        const piece = bytes.subarray(from, from + size - length);
        block.set(piece, length);
        from += piece.length;
        length += piece.length;
        if (length === size) await start();
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

async function writeAt(part: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  // Cut short, as on a disk that fills up: the next call says why.
  for (let at = 0; at < bytes.length;)
    at += (await part.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

/** Gives the memory back at once: V8 would collect its whole heap for it, which was a quarter of a transfer's time. */
function release({ buffer, byteLength }: Uint8Array): void {
  // What shares a buffer with others is left alone.
  const isOwn = byteLength >= releasedBytes && 2 * byteLength > buffer.byteLength;
  if (isOwn && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
