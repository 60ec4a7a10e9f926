import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { cleanText, type Sha256 } from "@palaver/protocol";
import type { Connection } from "../connection.ts";
import { problem } from "../hub-error.ts";
import { hashStart, readPieces } from "./file-content.ts";
import {
  persist,
  prepareTransfer,
  readChecksum,
  readCount,
  readFields,
  readText,
  type StoredFile,
  type TransferOptions,
} from "./transfer.ts";

export interface PutOptions extends TransferOptions {
  /** Shares it there; the connection must be in the room. Absent: it is for everybody, and nobody is told. */
  readonly room?: string | undefined;
}

/** What the hub has of the file. */
interface Agreement {
  readonly file: number;
  readonly name: string;
  readonly offset: number;
  /** Of what it has. */
  readonly sha256: string;
}

/** What the hub has is of another file of this name and size. */
class OtherFile extends Error {}

/**
 * Stores a file on the hub. Resolves once the hub has it on disk with the same SHA-256; a break on the way, or an earlier
 * attempt that did not end, is gone on with from where it stopped.
 * @throws {HubError} what the hub refuses, and FILE when the file is none or changes meanwhile. @throws {Error} of the system,
 * when it cannot be read.
 */
export async function putFile(
  connection: Connection,
  path: string,
  options: PutOptions = {},
): Promise<StoredFile> {
  const source = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await source.stat();
    if (!stat.isFile()) throw problem("FILE", "noRegularFile", path);
    await prepareTransfer(stat.size);
    const { size, mtimeMs } = stat;
    const upload: Upload = { connection, path, source, size, mtimeMs, options };
    return await persist(connection, options.signal, async (onMoved) => {
      try {
        return await attempt(upload, "resume", onMoved);
      } catch (error) {
        if (!(error instanceof OtherFile)) throw error;
        return await attempt(upload, "anew", onMoved);
      }
    });
  } finally {
    await source.close();
  }
}

interface Upload {
  readonly connection: Connection;
  readonly path: string;
  readonly source: FileHandle;
  readonly size: number;
  /** When it was last written to, before it was read. */
  readonly mtimeMs: number;
  readonly options: PutOptions;
}

async function attempt(upload: Upload, mode: "resume" | "anew", onMoved: () => void): Promise<StoredFile> {
  const { connection, path, source, size, options } = upload;
  const agreed = Promise.withResolvers<{ readonly agreement: Agreement; readonly hash: Sha256 }>();
  // Nobody may be waiting for it.
  agreed.promise.catch(() => {});
  const giveUp = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, giveUp.signal]) : giveUp.signal;
  const words = [String(size), mode, options.room ?? "-", basename(path)];
  const run = connection.run("put", words, { signal, stream: content(upload, agreed.promise, onMoved) });
  let isAgreed = false;
  let stored: StoredFile | undefined;
  try {
    for await (const piece of run) {
      if (piece.type !== "text" || piece.data === undefined) continue;
      if (isAgreed) {
        stored = readStored(piece.data);
        continue;
      }
      isAgreed = true;
      const agreement = readAgreement(piece.data, size);
      const hash = await hashStart(source, agreement.offset);
      if (hash?.digest().toString("hex") !== agreement.sha256) throw new OtherFile();
      agreed.resolve({ agreement, hash });
    }
    await run.status;
  } catch (error) {
    giveUp.abort(error);
    throw error;
  } finally {
    agreed.reject(problem("PROTOCOL", "notTaken"));
  }
  if (!stored) throw problem("PROTOCOL", "notSaidStored");
  return stored;
}

/** The rest of the file, and the SHA-256 of all of it. */
async function* content(
  { path, source, size, mtimeMs, options }: Upload,
  agreed: Promise<{ readonly agreement: Agreement; readonly hash: Sha256 }>,
  onMoved: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { agreement, hash } = await agreed;
  const { name, offset: from } = agreement;
  const tell = (bytes: number) => options.onProgress?.({ name, bytes, size, from });
  tell(from);
  let at = from;
  for await (const bytes of readPieces(source, from, size, hash)) {
    yield bytes;
    onMoved();
    tell((at += bytes.length));
  }
  if (at < size) throw problem("FILE", "becameShorter", path);
  // Of what is written to while it is read, the hub would keep some of the old and some of the new.
  const now = await source.stat();
  if (now.size !== size || now.mtimeMs !== mtimeMs) throw problem("FILE", "changedMeanwhile", path);
  yield hash.digest();
}

function readAgreement(data: unknown, size: number): Agreement {
  const { file, name, offset, sha256 } = readFields(data);
  const agreement = {
    file: readCount(file),
    name: cleanText(readText(name)),
    offset: readCount(offset),
    sha256: readChecksum(sha256),
  };
  if (agreement.offset > size) throw problem("PROTOCOL", "claimsMore");
  return agreement;
}

function readStored(data: unknown): StoredFile {
  const { file, name, size, sha256 } = readFields(data);
  return {
    file: readCount(file),
    name: cleanText(readText(name)),
    size: readCount(size),
    sha256: readChecksum(sha256),
  };
}
