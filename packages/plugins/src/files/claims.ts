import { EventEmitter, once } from "node:events";
import process from "node:process";
import { BroadcastChannel } from "node:worker_threads";
import { Refusal } from "@palaver/plugin-api";
import type { FileRow, Shelf } from "./shelf.ts";

// The same in all workers of a hub; after a restart it is another one, and what was written then is written by nobody.
const thisProcess = `${process.pid} ${performance.timeOrigin}`;

/** A transfer that moves is told of every 10 s, and counts as moving for so long. */
const leaseMs = 30_000;

/** Who asked to write a part, and the part, if nobody wrote it. */
export interface Asked {
  readonly id: number;
  readonly claim: number;
  readonly row: FileRow | undefined;
}

/** The right to write a part, until it is disposed. */
export interface Claim extends Disposable {
  readonly row: FileRow;
  /** Aborts when somebody else asked for the part, or its room was given to others. */
  readonly signal: AbortSignal;
  /** Whether `signal` has aborted, or is about to. */
  isLost(): boolean;
  /** Marks the file as stored. @throws {Refusal} when it is lost. */
  store(sha256: string): void;
}

/**
 * Who writes which part: one at a time, in all workers of the hub and beside an instance that is being replaced. The shelf
 * has the truth; a channel wakes those who are to look at it.
 */
export interface Claims {
  /** Part of a transaction: tells the shelf that whoever writes the part now is to end. `take` comes after the transaction. */
  ask(id: number): Asked;
  /**
   * Resolves when whoever wrote the part has ended. More than one may wait: the last one that asked gets it.
   * @throws {Refusal} when it is lost. @throws the signal's reason
   */
  take(asked: Asked, signal: AbortSignal): Promise<Claim>;
  isWritten(id: number): boolean;
  /** The row has changed: who writes the part, or waits for it, looks at it. */
  changed(id: number): void;
  /** These move: for half a minute no worker gives their room away. Also says what a full disk did not take before. */
  extend(ids: readonly number[]): void;
  [Symbol.dispose](): void;
}

/** @param folder of the contents: who has the same one, shares the shelf too. */
export function createClaims(shelf: Shelf, folder: string): Claims {
  // Listeners: one for each transfer, and one for each that waits.
  const bell = new EventEmitter<Record<string, []>>().setMaxListeners(0);
  const channel = new BroadcastChannel(`palaver files ${folder}`);
  channel.addEventListener("message", ({ data }) => void bell.emit(String(data)));
  channel.unref();
  /** Ended, but the disk has not taken it; as many as there are parts at most. */
  const unsaid = new Set<number>();

  const changed = (id: number) => {
    bell.emit(String(id));
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no origin
    channel.postMessage(id);
  };
  const end = (id: number) => {
    unsaid.add(id);
    try {
      shelf.end(id, thisProcess);
    } catch {
      // Said with the next `extend`; whoever waits, waits for it.
      return;
    }
    unsaid.delete(id);
    changed(id);
  };
  const tryBegin = (id: number, claim: number) =>
    shelf.tryBegin(id, claim, thisProcess, Date.now() + leaseMs);

  return {
    changed,
    ask(id) {
      const claim = shelf.claim(id);
      return { id, claim, row: tryBegin(id, claim) };
    },
    async take({ id, claim, row: begun }, signal) {
      const lost = new AbortController();
      const name = String(id);
      const look = () => {
        try {
          const row = shelf.get(id);
          if (row?.claim !== claim) lost.abort(lossOf(row));
        } catch {
          // A disk that cannot be read. Nobody's call need be under way here, and `store` asks the shelf again.
        }
      };
      bell.on(name, look);
      changed(id);
      let row = begun;
      try {
        const either = AbortSignal.any([signal, lost.signal]);
        while (!(row ??= tryBegin(id, claim))) {
          either.throwIfAborted();
          await once(bell, name, { signal: either }).catch(() => either.throwIfAborted());
        }
      } catch (error) {
        bell.off(name, look);
        throw error;
      }
      let isHeld = true;
      return {
        row,
        signal: lost.signal,
        isLost() {
          look();
          return lost.signal.aborted;
        },
        store(sha256) {
          if (!shelf.store(id, claim, sha256, Date.now())) throw lossOf(shelf.get(id));
          isHeld = false;
        },
        [Symbol.dispose]() {
          bell.off(name, look);
          if (isHeld) end(id);
        },
      };
    },
    isWritten: (id) => shelf.get(id)?.writer === thisProcess,
    extend(ids) {
      for (const id of unsaid) end(id);
      if (ids.length > 0) shelf.extend(ids, Date.now() + leaseMs);
    },
    [Symbol.dispose]: () => channel.close(),
  };
}

function lossOf(row: FileRow | undefined): Refusal {
  if (row) return new Refusal("Another transfer of this file has taken over.", "BUSY");
  // Others needed its room, mostly. A client asks again by itself.
  return new Refusal("The part of this file was removed meanwhile; send it again.", "TIMEOUT");
}
