import type { FileHandle } from "node:fs/promises";
import { Refusal, type Caller, type Reply } from "@palaver/plugin-api";
import { findFile, type FilesContext } from "./context.ts";
import { formatSize } from "./file-size.ts";
import type { FileRow } from "./shelf.ts";
import type { Transfer } from "./transfers.ts";

// What is read ahead; each reading wakes a thread.
const aheadBytes = 512 * 1024;
// Fits a datagram of the loopback interface beside what stands around it.
const pieceBytes = 64 * 1024;
// What people read in a terminal; longer texts are fetched.
const maxShownBytes = 32 * 1024;

export interface GetCall {
  readonly caller: Caller;
  readonly signal: AbortSignal;
  readonly args: { readonly file: string; readonly from?: number | "end" | undefined };
}

/**
 * Gives a file out. With an offset, to programs: first its number, name, size and SHA-256, then its bytes from there;
 * none with `end`.
 * Without one, to people: a small text as it is.
 */
export async function* get(context: FilesContext, call: GetCall): AsyncGenerator<Reply, void, undefined> {
  const { caller, args, signal } = call;
  if (caller.dialect === "text" && !hasConnection(caller))
    throw new Refusal(
      "A file does not go by datagram. Ask over TCP, or with: palaver get HOST FILE",
      "FORBIDDEN",
    );
  const row = findFile(context, caller, args.file);
  if (caller.dialect === "text" || args.from === undefined) {
    await using file = await openFile(context, row);
    yield await readText(file, row);
    return;
  }
  using transfer = context.transfers.begin(caller.key ?? caller.id);
  const file = await openFile(context, row);
  // Who has lost the session stands at a reply for hours; the file must not stay open for it.
  transfer.signal.addEventListener("abort", () => void file.close());
  try {
    yield* send(file, row, args.from === "end" ? row.size : args.from, transfer, signal);
  } finally {
    if (!transfer.signal.aborted) await file.close();
  }
}

async function* send(
  file: FileHandle,
  { id, name, size, sha256 }: FileRow,
  from: number,
  transfer: Transfer,
  signal: AbortSignal,
): AsyncGenerator<Reply, void, undefined> {
  if (from > size) throw new Refusal(`File ${id} has ${size} bytes, fewer than ${from}.`, "INVALID");
  yield { text: "", data: { file: id, name, size, sha256, from } };
  // One block is read while the one before is on its way; the hub has copied a piece when it asks for more.
  const blockBytes = Math.min(aheadBytes, size - from);
  let [memory, other] = [Buffer.allocUnsafeSlow(blockBytes), Buffer.allocUnsafeSlow(blockBytes)] as const;
  let next = readPiece(file, from, size, memory);
  for (let at = from; at < size && !signal.aborted;) {
    const block = await next;
    if (block.length === 0) throw new Error(`a stored file is shorter than its ${size} bytes`);
    at += block.length;
    [memory, other] = [other, memory];
    next = readPiece(file, at, size, memory);
    // Whoever waits for it may be gone before it is asked for.
    next.catch(() => {});
    for (let start = 0; start < block.length; start += pieceBytes) {
      const piece = block.subarray(start, start + pieceBytes);
      yield { stream: "stdout", bytes: piece };
      transfer.moved(piece.length);
      transfer.signal.throwIfAborted();
    }
  }
  await next;
}

async function readPiece(file: FileHandle, at: number, size: number, memory: Buffer): Promise<Uint8Array> {
  const wanted = Math.min(memory.length, size - at);
  if (wanted <= 0) return new Uint8Array(0);
  const { bytesRead } = await file.read(memory, 0, wanted, at);
  return memory.subarray(0, bytesRead);
}

async function readText(file: FileHandle, { id, name, size }: FileRow): Promise<string> {
  const how = `Fetch it with: palaver get HOST ${id}`;
  if (size > maxShownBytes) throw new Refusal(`${name} has ${formatSize(size)}. ${how}`, "TOO_LARGE");
  const bytes = await readPiece(file, 0, size, Buffer.alloc(maxShownBytes));
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text.replace(/\n$/, "");
  } catch {
    // Said below.
  }
  throw new Refusal(`${name} is no text. ${how}`, "INVALID");
}

async function openFile({ vault, log }: FilesContext, { id, storage, name }: FileRow): Promise<FileHandle> {
  try {
    return await vault.openStored(storage);
  } catch (error) {
    log.error("a stored file cannot be opened", { file: id, reason: String(error) });
    throw new Refusal(`${name} cannot be read; ask an operator.`, "NOT_FOUND", { cause: error });
  }
}

/** The hub's ids of text peers begin with the listener that they came to. */
function hasConnection({ id }: Caller): boolean {
  return id.startsWith("tcp:");
}
