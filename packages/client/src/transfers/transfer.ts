import { loadNativeCrypto } from "@palaver/protocol";
import { type Connection, HubError } from "../connection.ts";
import { problem } from "../hub-error.ts";

export interface TransferProgress {
  /** As the hub has it. */
  readonly name: string;
  /** How far it is, what was there before included. */
  readonly bytes: number;
  readonly size: number;
  /** What was there before, of this attempt. */
  readonly from: number;
}

export interface TransferOptions {
  /** Ends the transfer; what has arrived stays, and the next one goes on from there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
}

/** A file as the hub has stored it. */
export interface StoredFile {
  readonly file: number;
  readonly name: string;
  readonly size: number;
  /** In hex. */
  readonly sha256: string;
}

/** A smaller file is there before the faster cipher and hash would be loaded. */
const BULK_BYTES = 1 << 20;

/** Before the first byte of a file goes either way. */
export async function prepareTransfer(bytes: number): Promise<void> {
  if (bytes > BULK_BYTES) await loadNativeCrypto();
}

/** Attempts in a row that bring nothing further. */
const MAX_IDLE_ATTEMPTS = 5;

/**
 * Tries until it is done: whenever the connection or the hub's call breaks off, again from where it stopped. What the
 * hub refuses is thrown, and so is a break after which nothing moved for five times.
 * @param attempt tells of each step that it gets further.
 */
export async function persist<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  attempt: (onMoved: () => void) => Promise<T>,
): Promise<T> {
  let idle = 0;
  for (;;) {
    await connection.ready(signal);
    let hasMoved = false;
    try {
      return await attempt(() => (hasMoved = true));
    } catch (error) {
      idle = hasMoved ? 0 : idle + 1;
      if (!isBreak(error) || idle >= MAX_IDLE_ATTEMPTS || signal?.aborted) throw error;
    }
  }
}

/** LOST is the session's end; a hub that stops or reloads ends its calls with TIMEOUT first. */
function isBreak(error: unknown): boolean {
  return error instanceof HubError && (error.code === "LOST" || error.code === "TIMEOUT");
}

export type Fields = { readonly [name: string]: unknown };

/** A hub's data is input like any other. @throws {HubError} PROTOCOL */
export function readFields(data: unknown): Fields {
  if (typeof data === "object" && data !== null) return data as Fields;
  throw unreadable();
}

export function readCount(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw unreadable();
}

export function readText(value: unknown): string {
  if (typeof value === "string") return value;
  throw unreadable();
}

export function readChecksum(value: unknown): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw unreadable();
}

function unreadable(): HubError {
  return problem("PROTOCOL", "fileUnreadable");
}
