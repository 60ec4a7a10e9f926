import type { FileHandle } from "node:fs/promises";
import { createSha256, type Sha256 } from "@palaver/protocol";

const BLOCK_BYTES = 1 << 20;
/** What is read ahead; each reading wakes a thread. */
const AHEAD_BYTES = 512 << 10;
/** Fits a datagram of the loopback interface beside what stands around it. */
const PIECE_BYTES = 64 << 10;

/** SHA-256 of the first bytes of a file, to go on with; undefined when it has fewer. */
export async function hashStart(file: FileHandle, bytes: number): Promise<Sha256 | undefined> {
  const hash = createSha256();
  const memory = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, bytes));
  for (let at = 0; at < bytes;) {
    const block = await readAt(file, at, Math.min(BLOCK_BYTES, bytes - at), memory);
    if (block.length === 0) return undefined;
    await hash.update(block);
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
 * block is read, and added to the hash, while the one before is on its way.
 */
export async function* readPieces(
  file: FileHandle,
  at: number,
  end: number,
  hash: Sha256,
): AsyncGenerator<Uint8Array, void, undefined> {
  const size = Math.min(AHEAD_BYTES, end - at);
  let [memory, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  const prepare = async () => {
    const block = await readAt(file, at, Math.min(size, end - at), memory);
    await hash.update(block);
    return block;
  };
  let next = prepare();
  while (at < end) {
    const block = await next;
    if (block.length === 0) return;
    at += block.length;
    [memory, other] = [other, memory];
    next = prepare();
    // Whoever waits for it may be gone before it is asked for.
    next.catch(() => {});
    for (let from = 0; from < block.length; from += PIECE_BYTES)
      yield block.subarray(from, from + PIECE_BYTES);
  }
  await next;
}

/** Writes all of it. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  // Cut short, as on a disk that fills up: the next call says why.
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
