import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

const BLOCK_BYTES = 1 << 20;

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

export async function writeAt(file: FileHandle, pieces: readonly Uint8Array[], at: number): Promise<void> {
  if (pieces.length === 0) return;
  const { bytesWritten } = await file.writev([...pieces], at);
  if (bytesWritten === pieces.reduce((sum, { length }) => sum + length, 0)) return;
  // Cut short, as on a disk that fills up: the next call says why.
  await writeAt(file, [Buffer.concat(pieces).subarray(bytesWritten)], at + bytesWritten);
}
