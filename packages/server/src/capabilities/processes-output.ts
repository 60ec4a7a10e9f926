import type { Readable } from "node:stream";
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { OutputPiece } from "@palaver/plugin-api";

/** Bytes that wait for a slow reader before the pipes are left unread and the program has to wait. */
const HIGH_WATER_BYTES = 64 * 1024;

/** Once every writer is dead a pipe ends at once; longer than this only when a process escaped us with it. */
const DRAIN_PAUSE_MS = 100;
const MAX_DRAIN_PAUSES = 10;

/** The output of one program on its way from the pipes to the reader. */
export interface ProcessOutput {
  readonly pieces: AsyncGenerator<OutputPiece, void>;
  /** What was passed on so far, both streams together; never more than the limit. */
  bytes(): number;
  read(stream: OutputPiece["stream"], source: Readable): void;
  /** After the program's end: takes what the pipes still hold (at most their capacity), then closes. */
  drain(): Promise<void>;
}

/**
 * Joins a program's pipes into one bounded queue. `onLimit` is called when more than `maxBytes` came, `onAbandoned`
 * when the reader stopped before the end; the pipes are closed then.
 */
export function createProcessOutput(
  maxBytes: number,
  onLimit: () => void,
  onAbandoned: () => void,
): ProcessOutput {
  const queue: OutputPiece[] = [];
  const sources = new Set<Readable>();
  let queuedBytes = 0;
  let totalBytes = 0;
  let arrivals = 0;
  let draining = false;
  let ended = false;
  let wake: (() => void) | undefined;

  const close = (): void => {
    for (const source of sources) source.destroy();
  };

  const accept = (stream: OutputPiece["stream"], chunk: Buffer): void => {
    arrivals++;
    const bytes = chunk.subarray(0, maxBytes - totalBytes);
    totalBytes += bytes.length;
    if (bytes.length > 0) {
      queue.push({ stream, bytes });
      queuedBytes += bytes.length;
      wake?.();
    }
    if (bytes.length < chunk.length) {
      close();
      onLimit();
    } else if (queuedBytes >= HIGH_WATER_BYTES && !draining) {
      for (const source of sources) source.pause();
    }
  };

  async function* read(): AsyncGenerator<OutputPiece, void> {
    try {
      for (;;) {
        const piece = queue.shift();
        if (piece) {
          queuedBytes -= piece.bytes.length;
          if (queuedBytes < HIGH_WATER_BYTES) for (const source of sources) source.resume();
          yield piece;
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    } finally {
      if (!ended) {
        queue.length = 0;
        close();
        onAbandoned();
      }
    }
  }

  return {
    pieces: read(),
    bytes: () => totalBytes,
    read(stream, source) {
      sources.add(source);
      source.on("data", (chunk: Buffer) => accept(stream, chunk));
      source.on("close", () => sources.delete(source));
      // A pipe that breaks is a pipe that ends; `close` follows.
      source.on("error", () => {});
    },
    async drain() {
      draining = true;
      const allClosed = Promise.all(
        [...sources].map((source) => new Promise((resolve) => source.on("close", resolve).resume())),
      ).then(() => true);
      const pause = new AbortController();
      const idle = async (): Promise<false> => {
        await delay(DRAIN_PAUSE_MS, undefined, { signal: pause.signal });
        await nextTurn(); // what arrived while the hub was busy is read before it is judged late
        return false;
      };
      if (sources.size > 0) {
        for (let pauses = 0, seen = -1; pauses < MAX_DRAIN_PAUSES && seen !== arrivals; pauses++) {
          seen = arrivals;
          if (await Promise.race([allClosed, idle()])) break;
        }
      }
      pause.abort();
      close();
      ended = true;
      wake?.();
    },
  };
}
