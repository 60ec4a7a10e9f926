import type { PublishedMessage } from "./published-message.ts";

/** A session's buffer holds many of them. */
const maxPageBytes = 16 * 1024;
/** Of one turn; with more they are given out at once. */
const maxWaiting = 256;

/** Messages of a room that follow each other, as one piece of bytes that all sessions share. */
export interface Page {
  /** Place in the log behind its last message. */
  readonly end: number;
  /** Both 0 for a message that is not stored, which is a page of its own. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly bytes: Uint8Array;
}

/**
 * What was said in a room and its sessions were not given yet: that is done once a turn for all messages together,
 * session by session. With 64 messages under way and 1,000 sessions it was more than half of the hub's time to touch each
 * session for each message, since a processor's cache does not hold a thousand of them (docs/performance.md).
 */
export class RoomLog {
  /** Place of the first that waits; places are counted from the first message ever. */
  #base = 0;
  readonly #waiting: PublishedMessage[] = [];
  readonly #pages = new Map<number, Page>();

  /** Place of the next message. */
  get end(): number {
    return this.#base + this.#waiting.length;
  }

  get isFull(): boolean {
    return this.#waiting.length >= maxWaiting;
  }

  add(message: PublishedMessage): void {
    this.#waiting.push(message);
  }

  /** As many messages from this place on as a page takes; `place` is one that waits. */
  pageAt(place: number): Page {
    let page = this.#pages.get(place);
    if (!page) this.#pages.set(place, (page = this.#makePage(place - this.#base)));
    return page;
  }

  /** All sessions have what stands before this place. */
  forget(place: number): void {
    if (place <= this.#base) return;
    this.#waiting.splice(0, place - this.#base);
    this.#base = place;
    this.#pages.clear();
  }

  #makePage(first: number): Page {
    const records: Uint8Array[] = [];
    let bytes = 0;
    let seq = 0;
    for (const published of this.#waiting.slice(first)) {
      const follows = seq !== 0 && published.message.seq === seq + 1;
      const { record } = published;
      if (records.length > 0 && (!follows || bytes + record.length > maxPageBytes)) break;
      records.push(record);
      bytes += record.length;
      seq = published.message.seq;
    }
    const [only] = records;
    return {
      end: this.#base + first + records.length,
      firstSeq: seq === 0 ? 0 : seq - records.length + 1,
      lastSeq: seq,
      bytes: only && records.length === 1 ? only : Buffer.concat(records, bytes),
    };
  }
}
