import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { release } from "@palaver/protocol";

const BLOCK_BYTES = 1 << 20;
/** What is read ahead; each reading wakes a thread. */
const AHEAD_BYTES = 512 << 10;
/** Fits a datagram of the loopback interface beside what stands around it. */
const PIECE_BYTES = 64 << 10;

/** SHA-256 of the first bytes of a file, to go on with; undefined when it has fewer. */
export async function hashStart(file: FileHandle, bytes: number): Promise<Hash | undefined> {
  const hash = createHash("sha256");
  const memory = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, bytes));
  for (let at = 0; at < bytes;) {
    const block = await readAt(file, at, Math.min(BLOCK_BYTES, bytes - at), memory);
    if (block.length === 0) return undefined;
    hash.update(block);
    at += block.length;
  }
  return hash;
}

/** Up to so many bytes, in the memory given; none at the end. */
export async function readAt(
  file: FileHandle,
  at: number,
  bytes: number,
  memory: Buffer,
): Promise<Uint8Array> {
  const { bytesRead } = await file.read(memory, 0, bytes, at);
  return memory.subarray(0, bytesRead);
}

/**
 * A file from `at` to `end`, in pieces that are good until the next one is asked for; ends early where the file does. One
 * block is read while the one before is on its way.
 */
export async function* readPieces(
  file: FileHandle,
  at: number,
  end: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const size = Math.min(AHEAD_BYTES, end - at);
  let [memory, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  let next = readAt(file, at, size, memory);
  while (at < end) {
    const block = await next;
    if (block.length === 0) return;
    at += block.length;
    [memory, other] = [other, memory];
    next = readAt(file, at, Math.min(size, end - at), memory);
    // Whoever waits for it may be gone before it is asked for.
    next.catch(() => {});
    for (let from = 0; from < block.length; from += PIECE_BYTES)
      yield block.subarray(from, from + PIECE_BYTES);
  }
  await next;
}

/** Writes pieces one behind the other and lets go of their memory. */
export async function writeAt(file: FileHandle, pieces: readonly Uint8Array[], at: number): Promise<void> {
  if (pieces.length === 0) return;
  const { bytesWritten } = await file.writev([...pieces], at);
  // Cut short, as on a disk that fills up: the next call says why.
  if (bytesWritten < pieces.reduce((sum, { length }) => sum + length, 0))
    await writeAt(file, [Buffer.concat(pieces).subarray(bytesWritten)], at + bytesWritten);
  for (const piece of pieces) release(piece);
}
