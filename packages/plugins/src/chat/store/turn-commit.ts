import { statfsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Log, Storage } from "@palaver/plugin-api";
import type { NewMessage } from "./history.ts";

// How long others wait to write, and what is kept in memory when a commit fails.
const maxWritten = 256;
// On a disk that is nearly full each message is committed by itself, and refused when it is not stored.
const minFreeBytes = 64 * 1024 * 1024;
const lookEveryMs = 100;

/**
 * Commits the messages of one turn together, before anybody is told that they are stored: a commit for each is half of what
 * storing costs (docs/performance.md).
 *
 * When the commit fails all the same (a quota, a disk that dies), the numbers are given out already and the answers on their
 * way. Those messages are kept here and stored as soon as the disk takes them, which is tried with each message and each
 * minute; nothing new is accepted before.
 */
export interface TurnCommit {
  /**
   * Call before anything is written.
   * @param mayWait it is committed before anything is sent; else when its statement ends, after what waited.
   * @throws {Error} when earlier messages can still not be stored.
   */
  begin(mayWait: boolean): void;
  /** The last number that the open transaction has given out in a room. Nobody else gives out any meanwhile. */
  lastSeq(room: string): number | undefined;
  /** A message was written that may wait. */
  written(message: NewMessage, seq: number): void;
  /** Before the database is closed. @throws {Error} when messages are lost. */
  end(): void;
}

export function createTurnCommit(
  database: DatabaseSync,
  storage: Pick<Storage, "beforeSend" | "directory">,
  log: Log,
  restore: (message: NewMessage, seq: number) => void,
): TurnCommit {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  let isOpen = false;
  let written: { readonly message: NewMessage; readonly seq: number }[] = [];
  let unstored: typeof written = [];
  const lastSeqs = new Map<string, number>();

  let lookedAtMs = -Infinity;
  let hasRoom = false;
  const checkRoom = () => {
    const now = performance.now();
    if (now - lookedAtMs >= lookEveryMs) {
      const { bavail, bsize } = statfsSync(storage.directory);
      hasRoom = bavail * bsize >= minFreeBytes;
      lookedAtMs = now;
    }
    return hasRoom;
  };

  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    const messages = written;
    written = [];
    lastSeqs.clear();
    try {
      commit.run();
    } catch (error) {
      // A full disk may have ended the transaction already, at any statement in it.
      if (database.isTransaction) database.exec("ROLLBACK");
      if (messages.length === 0) return;
      unstored = [...unstored, ...messages];
      log.error("the chat's database did not take messages that were given out; they wait in memory", {
        err: error,
        messages: unstored.length,
      });
    }
  };
  const storeAgain = () => {
    while (unstored.length > 0) {
      const { message, seq } = unstored[0]!;
      restore(message, seq);
      unstored = unstored.slice(1);
    }
  };

  return {
    begin(mayWait) {
      if (isOpen && mayWait && database.isTransaction) return;
      end();
      storeAgain();
      if (!mayWait || !checkRoom() || !storage.beforeSend(end)) return;
      begin.run();
      isOpen = true;
    },
    lastSeq: (room) => lastSeqs.get(room),
    written(message, seq) {
      if (!isOpen) return;
      written.push({ message, seq });
      lastSeqs.set(message.room, seq);
      if (written.length >= maxWritten) end();
    },
    end() {
      end();
      storeAgain();
    },
  };
}
