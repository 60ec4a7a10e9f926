import type { RoomHistory } from "@palaver/plugin-api";
import { encodeRoomStream } from "@palaver/protocol";
import { messageRecord } from "../users/published-message.ts";
import type { Page, RoomLog } from "../users/room-log.ts";
import type { StreamWriter } from "./stream-writer.ts";

const pageSize = 64;
// Of one session and room; clients say it every 4 s.
const typingEveryMs = 3000;

/**
 * One room's messages on their way to one session. A session that is slow or comes back has a place in the stored
 * history, not a queue of its own: messages are read from there until it has caught up.
 */
export class RoomFeed {
  readonly writer: StreamWriter;
  readonly #room: string;
  readonly #history: () => RoomHistory | undefined;
  readonly #log: RoomLog;
  /** Place in the log of the next message that is taken from there. */
  #next: number;
  /** What the session itself is answered while something waits in the log. */
  #answers: Uint8Array[] = [];
  #sentSeq: number;
  #typedAtMs = -typingEveryMs;
  #isOver = false;

  /**
   * @param since number of the last message the session has.
   * @param log what is said from now on.
   */
  constructor(
    writer: StreamWriter,
    room: string,
    since: number,
    history: () => RoomHistory | undefined,
    log: RoomLog,
  ) {
    this.writer = writer;
    this.#log = log;
    this.#next = log.end;
    this.#room = room;
    this.#sentSeq = since;
    this.#history = history;
    writer.write(encodeRoomStream({ type: "enter", room }));
  }

  get sentSeq(): number {
    return this.#sentSeq;
  }

  /** Takes what waits in the room's log. */
  settle(): void {
    while (this.#next < this.#log.end) {
      const page = this.#log.pageAt(this.#next);
      this.#next = page.end;
      this.#deliver(page);
    }
    if (this.#answers.length === 0) return;
    for (const answer of this.#answers) this.writer.write(answer);
    this.#answers = [];
  }

  /** The session leaves the room: the stream ends behind what its buffer holds. */
  end(): void {
    this.settle();
    this.#isOver = true;
    this.writer.finish();
  }

  /** Answers the session itself, behind what was said before. */
  answer(record: Uint8Array): void {
    if (this.#next === this.#log.end) this.writer.write(record);
    else this.#answers.push(record);
  }

  #deliver({ firstSeq, lastSeq, bytes }: Page): void {
    if (!this.writer.isReady) {
      if (lastSeq !== 0) this.#waitAndCatchUp();
      return;
    }
    if (lastSeq === 0) {
      this.writer.write(bytes);
    } else if (firstSeq === this.#sentSeq + 1 || !this.#history()) {
      this.#sentSeq = lastSeq;
      this.writer.write(bytes);
    } else if (lastSeq > this.#sentSeq) {
      this.catchUp();
    }
  }

  /** Somebody else writes. A client that does not keep up with what is said need not know. */
  typing(nick: string): void {
    this.settle();
    if (this.writer.isReady) this.writer.write(encodeRoomStream({ type: "typing", from: nick }));
  }

  /** Whether the session's own writing may be told now. */
  mayType(nowMs: number): boolean {
    if (nowMs < this.#typedAtMs + typingEveryMs) return false;
    this.#typedAtMs = nowMs;
    return true;
  }

  catchUp(): void {
    while (this.writer.isReady) {
      const page = this.#history()?.after(this.#room, this.#sentSeq, pageSize) ?? [];
      if (page.length === 0) return;
      for (const message of page) {
        // A page that does not fit the session's buffer is read again from where it stopped.
        if (!this.writer.isReady) break;
        this.#sentSeq = message.seq;
        this.writer.write(messageRecord(message));
      }
    }
    this.#waitAndCatchUp();
  }

  #waitAndCatchUp(): void {
    this.writer.whenReady(() => {
      if (!this.#isOver) this.catchUp();
    });
  }
}
