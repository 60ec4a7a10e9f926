import type { FileHandle } from "node:fs/promises";

// Few, large writes: each wakes a thread.
const gatheredBytes = 512 * 1024;
// The disk begins early, so that little is left for the end.
const syncBytes = 16 * 1024 * 1024;
// Less is not worth the call.
const releasedBytes = 16 * 1024;

/** Writes pieces one behind the other, and lets go of their memory; while some are written, the next are gathered. */
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
    writing = writeAll(part, pieces, at);
    // Whoever waits next hears of it.
    writing.catch(() => {});
    if (isSyncing || at - syncedTo < syncBytes) return;
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
      if (bytes.length > 0) gathered.push(bytes);
      length += bytes.length;
      if (length >= gatheredBytes) await start();
    },
    async flush() {
      await start();
      await writing;
      await syncing;
    },
  };
}

async function writeAll(part: FileHandle, pieces: readonly Uint8Array[], position: number): Promise<void> {
  if (pieces.length === 0) return;
  const { bytesWritten } = await part.writev([...pieces], position);
  // Cut short, as on a disk that fills up: the next call says why.
  if (bytesWritten < pieces.reduce((sum, { length }) => sum + length, 0)) {
    const rest = Buffer.concat(pieces).subarray(bytesWritten);
    await writeAll(part, [rest], position + bytesWritten);
  }
  pieces.forEach(release);
}

/** Gives the memory back at once: V8 would collect its whole heap for it, which was a quarter of a transfer's time. */
function release({ buffer, byteLength }: Uint8Array): void {
  // What shares a buffer with others is left alone.
  const isOwn = byteLength >= releasedBytes && 2 * byteLength > buffer.byteLength;
  if (isOwn && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
