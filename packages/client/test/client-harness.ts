import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Connection, ConnectionEvents, Run, RunPiece } from "../src/connection.ts";

/** A folder of its own for a client's key, known hosts and outbox. */
export interface ConfigDir extends AsyncDisposable {
  readonly path: string;
}

export async function makeConfigDir(): Promise<ConfigDir> {
  const path = await mkdtemp(join(tmpdir(), "palaver-client-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** All values of one event, from now on; and a wait for the first that fits, past or future. */
export interface Heard<T> {
  readonly all: T[];
  until(fits: (value: T, all: readonly T[]) => boolean): Promise<T>;
}

export function hear<E extends keyof ConnectionEvents>(
  connection: Connection,
  event: E,
): Heard<ConnectionEvents[E]> {
  const all: ConnectionEvents[E][] = [];
  const waiting = new Set<() => void>();
  connection.on(event, (value) => {
    all.push(value);
    for (const check of waiting) check();
  });
  return {
    all,
    until: (fits) =>
      new Promise((resolve) => {
        const check = () => {
          const found = all.find((value) => fits(value, all));
          if (found === undefined) return;
          waiting.delete(check);
          resolve(found);
        };
        waiting.add(check);
        check();
      }),
  };
}

export async function piecesOf(run: Run): Promise<RunPiece[]> {
  const pieces: RunPiece[] = [];
  for await (const piece of run) pieces.push(piece);
  return pieces;
}

export function bytesOf(pieces: readonly RunPiece[], type: "stdout" | "stderr"): Buffer {
  return Buffer.concat(pieces.flatMap((piece) => (piece.type === type ? [piece.bytes] : [])));
}

/** For what a test's own hub sees later, on a busy machine too. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });
