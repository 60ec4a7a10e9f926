import type { ErrorCode } from "../errors.ts";
import { releaseAtEnd } from "./packet-memory.ts";
import { RangeSet } from "./range-set.ts";

/** A part of a stream that is to be sent, new or again. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
  readonly isLast: boolean;
}

/** Bytes that are kept for one stream, and where the peer has given credit for more. */
const MAX_STREAM_BUFFER_BYTES = 256 << 10;
const MAX_GROWN_BUFFER_BYTES = 768 << 10;

/**
 * What becomes of bytes that are written: `copied`, `shared` where nobody changes them any more, or `given` where nobody
 * looks at them either, nor at anything else of their buffer, which is let go of with its last bytes.
 */
export type Ownership = "copied" | "shared" | "given";

/** The sending half of a stream: keeps what is unacknowledged, knows what is lost. The owner bounds `bufferedBytes`. */
export class SendStream {
  readonly id: number;
  /** The peer's credit: offsets below it may be sent. */
  creditEnd: number;
  resetCode: ErrorCode | undefined;
  isResetAcked = false;
  /** The application wants to hear of each ACK until these are acknowledged, counted from the beginning. */
  awaitedBytes = 0;
  #chunks: Uint8Array[] = [];
  /** Those of the chunks that were given. */
  #given: Set<Uint8Array> | undefined;
  /** Where the first chunk begins, at or before the first kept byte. */
  #chunksOffset = 0;
  // The chunk where the last copy ended, and its offset: the next one mostly goes on there.
  #cursor = 0;
  #cursorOffset = 0;
  /** Offset of the first kept byte, of the next new one, and after the last written one. */
  #base = 0;
  #next = 0;
  #end = 0;
  #isFinished = false;
  #isFinSent = false;
  #isFinLost = false;
  #isFinAcked = false;
  #acked: RangeSet | undefined;
  #lost: RangeSet | undefined;

  constructor(id: number, creditEnd: number) {
    this.id = id;
    this.creditEnd = creditEnd;
  }

  /** All before this offset has been acknowledged. */
  get ackedBytes(): number {
    return this.#base;
  }

  get bufferedBytes(): number {
    return this.#end - this.#base;
  }

  /** What its owner lets it keep: a peer that reads fast has given credit for more. */
  get maxBufferedBytes(): number {
    const creditBytes = this.creditEnd - this.#base;
    return Math.max(MAX_STREAM_BUFFER_BYTES, Math.min(MAX_GROWN_BUFFER_BYTES, creditBytes));
  }

  /** Bytes that it may still take; negative when the peer's credit has shrunk what it may keep. */
  get roomBytes(): number {
    return this.maxBufferedBytes - this.bufferedBytes;
  }

  /** Highest offset ever sent: the final size of a stream that is reset. */
  get sentEnd(): number {
    return this.#next;
  }

  get unsentBytes(): number {
    return this.#end - this.#next;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** The end of the stream, by FIN or by reset, has been sent at least once. */
  get isEndSent(): boolean {
    return this.#isFinSent || this.resetCode !== undefined;
  }

  /** All of it, and its end, has been acknowledged. */
  get isDone(): boolean {
    if (this.resetCode !== undefined) return this.isResetAcked;
    return this.#isFinAcked && this.#base === this.#end;
  }

  /** Appends `bytes`. */
  write(bytes: Uint8Array, ownership: Ownership): void {
    if (bytes.length === 0) return;
    this.#chunks.push(ownership === "copied" ? new Uint8Array(bytes) : bytes);
    if (ownership === "given") (this.#given ??= new Set()).add(bytes);
    this.#end += bytes.length;
  }

  finish(): void {
    this.#isFinished = true;
  }

  /** Drops everything; only the RESET remains to be said. */
  reset(code: ErrorCode): void {
    this.resetCode = code;
    this.awaitedBytes = 0;
    this.#chunks = [];
    this.#given = undefined;
    this.#end = this.#next;
    this.#base = this.#next;
    this.#cursor = 0;
    this.#cursorOffset = this.#chunksOffset = this.#base;
    this.#acked = this.#lost = undefined;
    this.#isFinLost = false;
  }

  get hasLost(): boolean {
    return this.#isFinLost || (this.#lost !== undefined && !this.#lost.isEmpty);
  }

  /** Whether `take` has something, given `credit` more bytes of the session's credit for new data. */
  canSend(credit: number): boolean {
    if (this.resetCode !== undefined) return false;
    if (this.hasLost) return true;
    if (this.#next < this.#end) return credit > 0 && this.#next < this.creditEnd;
    return this.#isFinished && !this.#isFinSent;
  }

  /** Takes the next segment of at most `maxBytes`: lost parts first, then new ones within both credits. */
  take(maxBytes: number, credit: number): Segment | undefined {
    if (this.#lost && !this.#lost.isEmpty) {
      const offset = this.#lost.startOf(0);
      const length = Math.min(maxBytes, this.#lost.endOf(0) - offset);
      if (length <= 0) return undefined;
      this.#lost.remove(offset, offset + length);
      return this.#segment(offset, length);
    }
    const length = Math.min(maxBytes, credit, this.creditEnd - this.#next, this.#end - this.#next);
    if (length > 0) {
      const offset = this.#next;
      this.#next += length;
      return this.#segment(offset, length);
    }
    const isEndDue = this.#isFinLost || (this.#isFinished && !this.#isFinSent);
    return isEndDue && this.#next === this.#end ? this.#segment(this.#end, 0) : undefined;
  }

  #segment(offset: number, length: number): Segment {
    const isLast = this.#isFinished && offset + length === this.#end;
    if (isLast) {
      this.#isFinSent = true;
      this.#isFinLost = false;
    }
    return { offset, length, isLast };
  }

  /** The part of a segment that still needs to arrive, or nothing. */
  unackedPart(segment: Segment): Segment | undefined {
    if (this.resetCode !== undefined) return undefined;
    const isLast = segment.isLast && !this.#isFinAcked;
    const start = Math.max(segment.offset, this.#base);
    const end = segment.offset + segment.length;
    if (start < end && !this.#acked?.covers(start, end))
      return { offset: start, length: end - start, isLast };
    return isLast ? { offset: end, length: 0, isLast } : undefined;
  }

  /** Copies kept bytes into a packet. */
  copyTo(target: Uint8Array, offset: number): void {
    const goesOn = offset >= this.#cursorOffset;
    let index = goesOn ? this.#cursor : 0;
    let chunkOffset = goesOn ? this.#cursorOffset : this.#chunksOffset;
    const end = offset + target.length;
    for (; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      const chunkEnd = chunkOffset + chunk.length;
      if (chunkEnd > offset) {
        const start = Math.max(offset, chunkOffset);
        target.set(
          chunk.subarray(start - chunkOffset, Math.min(end, chunkEnd) - chunkOffset),
          start - offset,
        );
      }
      if (chunkEnd > end) break;
      chunkOffset = chunkEnd;
    }
    this.#cursor = index;
    this.#cursorOffset = chunkOffset;
  }

  onAcked(segment: Segment): void {
    if (segment.isLast) {
      this.#isFinAcked = true;
      this.#isFinLost = false;
    }
    if (this.resetCode !== undefined) return;
    const end = segment.offset + segment.length;
    const start = Math.max(segment.offset, this.#base);
    if (start >= end) return;
    this.#lost?.remove(start, end);
    if (start > this.#base) {
      this.#acked ??= new RangeSet();
      this.#acked.add(start, end);
      return;
    }
    this.#advance(end);
  }

  /** Lets go of everything below `offset`, and of what was acknowledged right behind it. */
  #advance(offset: number): void {
    while (this.#acked && !this.#acked.isEmpty && this.#acked.startOf(0) <= offset) {
      offset = Math.max(offset, this.#acked.endOf(0));
      this.#acked.remove(0, offset);
    }
    if (this.#acked?.isEmpty) this.#acked = undefined;
    if (this.#lost?.isEmpty) this.#lost = undefined;
    this.#base = offset;
    let whole = 0;
    for (const chunk of this.#chunks) {
      if (this.#chunksOffset + chunk.length > offset) break;
      this.#chunksOffset += chunk.length;
      whole++;
      if (this.#given?.delete(chunk)) releaseAtEnd(chunk);
    }
    if (whole > 0) this.#chunks.splice(0, whole);
    this.#cursor -= whole;
    if (this.#cursor > 0) return;
    this.#cursor = 0;
    this.#cursorOffset = this.#chunksOffset;
  }

  onLost(segment: Segment): void {
    if (this.resetCode !== undefined) return;
    if (segment.isLast && !this.#isFinAcked) this.#isFinLost = true;
    const end = segment.offset + segment.length;
    const start = Math.max(segment.offset, this.#base);
    if (start >= end) return;
    this.#lost ??= new RangeSet();
    this.#lost.add(start, end);
    if (!this.#acked) return;
    // What a copy brought home in the meantime is not lost.
    for (let i = 0; i < this.#acked.count; i++) {
      if (this.#acked.startOf(i) >= end) break;
      this.#lost.remove(this.#acked.startOf(i), this.#acked.endOf(i));
    }
  }
}
