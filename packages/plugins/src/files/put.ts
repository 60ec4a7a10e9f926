import { timingSafeEqual } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { Refusal, type Caller, type Reply, type Sha256 } from "@palaver/plugin-api";
import type { Claim } from "./claims.ts";
import type { FilesContext } from "./context.ts";
import { discard } from "./discard.ts";
import { cleanFileName } from "./file-name.ts";
import { formatSize } from "./file-size.ts";
import { untilAborted } from "./until-aborted.ts";
import { createPartWriter } from "./part-writer.ts";
import { reserve } from "./reserve.ts";
import type { FileRow, Wish } from "./shelf.ts";
import { minimumPace, type Transfer } from "./transfers.ts";
import { isDiskBroken, isDiskFull } from "./vault.ts";

const checksumBytes = 32;
const readBytes = 1 << 20;
// A part of a file is dated as it grows, so that it neither expires under its sender nor gives way; each time is a flush.
const dateEveryMs = 60_000;

export interface PutCall {
  readonly caller: Caller;
  readonly stream?: AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
  readonly args: {
    readonly size: number;
    /** `resume`: go on with what is there; `anew`: from the start. */
    readonly mode: "resume" | "anew";
    /** `-` for none. */
    readonly room: string;
    readonly name: string;
  };
}

/**
 * Takes a file. First the agreement: its number, its name here, how many bytes are here and their SHA-256. Then its sender
 * sends the rest and the SHA-256 of the whole, 32 bytes. The last reply says that it is stored; by then it is on disk.
 */
export async function* put(context: FilesContext, call: PutCall): AsyncGenerator<Reply, void, undefined> {
  const { caller, stream, args } = call;
  if (caller.key === undefined || !stream)
    throw new Refusal("Files are stored by a program: palaver put HOST FILE", "FORBIDDEN");
  const room = args.room === "-" ? null : checkRoom(context, caller, args.room);
  const name = cleanFileName(args.name);
  const wish: Wish = { owner: caller.key, nick: nickOf(context, caller), name, size: args.size, room };
  try {
    const place = await reserve(context, wish, args.mode === "anew");
    if ("stored" in place) {
      using transfer = context.transfers.begin(caller.key);
      const signal = AbortSignal.any([call.signal, transfer.signal]);
      yield* confirm(place.stored, untilAborted(stream[Symbol.asyncIterator](), signal));
    } else {
      using claim = await context.claims.take(place.asked, call.signal);
      using transfer = context.transfers.begin(caller.key, claim.row.id);
      const signal = AbortSignal.any([call.signal, transfer.signal, claim.signal]);
      const input = untilAborted(stream[Symbol.asyncIterator](), signal);
      yield* receive(context, claim, args.mode === "anew", { input, signal, transfer });
    }
  } catch (error) {
    const isFull = isDiskFull(error);
    if (!isFull && !isDiskBroken(error)) throw error;
    context.log.error("the disk takes nothing: a file was refused", { size: args.size, err: error });
    const why = isFull ? "is full" : "cannot be written; tell the operator";
    throw new Refusal(`The hub's disk ${why}; the file was not stored.`, "BUSY", { cause: error });
  }
}

/** The next piece, until the transfer is to end. */
type Input = () => Promise<IteratorResult<Uint8Array>>;

interface Source {
  readonly input: Input;
  readonly signal: AbortSignal;
  readonly transfer: Transfer;
}

async function* receive(
  context: FilesContext,
  claim: Claim,
  isAnew: boolean,
  source: Source,
): AsyncGenerator<Reply, void, undefined> {
  const { vault, shelf } = context;
  const { row } = claim;
  await vault.reopen(row.storage);
  const part = await vault.openPart(row.storage);
  try {
    if (isAnew) await part.truncate(0);
    const here: Here = { hash: context.sha256(), bytes: 0 };
    await hashPart(part, row.size, here, source);
    yield agreement(row, here.bytes, toHex(here.hash.digest()));
    const sent = await takeContent(context, row, part, here, source);
    const digest = here.hash.digest();
    if (!timingSafeEqual(digest, sent)) {
      await discard(context, row);
      throw new Refusal("The file did not arrive as it was sent; send it again.", "INVALID");
    }
    await vault.keep(row.storage, part);
    const sha256 = toHex(digest);
    claim.store(sha256);
    share(context, row);
    yield stored({ ...row, sha256 });
  } catch (error) {
    // Whoever removed the row may have missed what was made of its part since.
    if (!shelf.get(row.id)) await vault.remove(row.storage);
    if (error instanceof Refusal) throw error;
    if (claim.isLost()) throw claim.signal.reason;
    // What is there is of no use to anybody, and the disk needs the room.
    if (isDiskFull(error)) await discard(context, row);
    throw error;
  } finally {
    await part.close();
  }
}

/** It is all here, and its sender has missed the answer, or sends it once more. */
async function* confirm(row: FileRow, input: Input): AsyncGenerator<Reply, void, undefined> {
  yield agreement(row, row.size, row.sha256 ?? "");
  let sent = Buffer.alloc(0);
  for (let next = await input(); !next.done; next = await input()) {
    sent = Buffer.concat([sent, next.value]);
    if (sent.length > checksumBytes) break;
  }
  if (sent.toString("hex") !== row.sha256)
    throw new Refusal("Another file of this name and size is here; send it anew.", "INVALID");
  yield stored(row);
}

interface Here {
  readonly hash: Sha256;
  bytes: number;
}

/** @returns the SHA-256 that its sender has. */
async function takeContent(
  { shelf }: FilesContext,
  row: FileRow,
  part: FileHandle,
  here: Here,
  { input, transfer }: Source,
): Promise<Uint8Array> {
  const writer = createPartWriter(part, here.bytes, row.size - here.bytes, here.hash);
  const checksum = Buffer.alloc(checksumBytes);
  let checksumLength = 0;
  let dated = { bytes: here.bytes, atMs: row.at };
  const date = (everyMs: number) => {
    const now = Date.now();
    if (here.bytes - dated.bytes < minimumPace.bytes || now - dated.atMs < everyMs) return;
    shelf.touch(row.id, now);
    dated = { bytes: here.bytes, atMs: now };
  };
  try {
    for (let next = await input(); !next.done; next = await input()) {
      const content = next.value.subarray(0, row.size - here.bytes);
      const rest = new Uint8Array(next.value.subarray(content.length));
      // Last, since its memory goes with the writing.
      const { length } = content;
      await writer.add(content);
      here.bytes += length;
      transfer.moved(length + rest.length);
      date(dateEveryMs);
      if (checksumLength + rest.length > checksumBytes)
        throw new Refusal(`More came than the ${row.size} bytes that were agreed.`, "INVALID");
      checksum.set(rest, checksumLength);
      checksumLength += rest.length;
    }
  } finally {
    // Also what came before a break is kept.
    await writer.flush();
  }
  if (checksumLength === checksumBytes) return checksum;
  date(0);
  throw new Refusal(`The file broke off after ${here.bytes} bytes; send it again to go on.`, "INVALID");
}

/** What is here already, read from the disk: after a crash it may be other than what was written. */
async function hashPart(
  part: FileHandle,
  size: number,
  here: Here,
  { signal, transfer }: Source,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(readBytes);
  while (here.bytes < size) {
    signal.throwIfAborted();
    const { bytesRead } = await part.read(buffer, 0, Math.min(readBytes, size - here.bytes), here.bytes);
    if (bytesRead === 0) break;
    await here.hash.update(buffer.subarray(0, bytesRead));
    here.bytes += bytesRead;
    transfer.moved(bytesRead);
  }
}

const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function agreement({ id, name }: FileRow, offset: number, sha256: string): Reply {
  return { text: "", data: { file: id, name, offset, sha256 } };
}

function stored({ id, name, size, sha256 }: FileRow): Reply {
  return { text: `Stored as ${id}: ${name}, ${formatSize(size)}`, data: { file: id, name, size, sha256 } };
}

function share({ rooms }: FilesContext, { room, nick, name, size, id }: FileRow): void {
  if (room === null || rooms.members(room).length === 0) return;
  const text = `${nick} shares ${name}, ${formatSize(size)} — /get ${id}`;
  rooms.publish({ room, seq: 0, at: Date.now(), from: nick, kind: "notice", text });
}

/** @throws {Refusal} when the caller is not in it. */
function checkRoom({ rooms }: FilesContext, caller: Caller, named: string): string {
  const room = named.replace(/^#/, "");
  if (rooms.of(caller.id).includes(room)) return room;
  throw new Refusal(
    `You are not in #${room.slice(0, 64)}; come in before you share a file there.`,
    "FORBIDDEN",
  );
}

/** A program that only sends a file is not online; its user may be, with another session. */
function nickOf({ users }: FilesContext, { nick, key }: Caller): string {
  return nick ?? users.online().find((user) => user.key === key)?.nick ?? "";
}
