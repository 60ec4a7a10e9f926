import { PalaverError } from "../errors.ts";
import type { RttEstimate } from "./rtt.ts";
import { MAX_VARINT } from "./varint.ts";

/** A window that is used up within this many round trips is doubled. */
const GROWTH_ROUNDS = 2;
/** On a nearer path a gap mostly is a socket that overflowed: from then on the first window holds. */
const GROWTH_MIN_RTT_MS = 5;

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The receiving half of a stream: puts bytes in order, within the credit that was given. */
export class ReceiveStream {
  #windowBytes: number;
  readonly #firstWindowBytes: number;
  readonly #maxWindowBytes: number;
  #creditGivenAtMs = -Infinity;
  /** Offset up to which bytes went to the application, and up to which it has used them. */
  #delivered = 0;
  #consumed = 0;
  /** After the highest byte that arrived. */
  #highest = 0;
  /** Something came after what it should have followed. */
  #hadGap = false;
  #creditEnd: number;
  #finalSize: number | undefined;
  #isEndTold = false;
  /** Nobody wants the rest: it is counted and thrown away. */
  isDiscarding = false;
  /** Chunks that wait for earlier bytes, ascending, without overlap. Bounded by the credit and `maxChunks`. */
  #waiting: Chunk[] | undefined;

  /** @param maxWindowBytes what the window grows to while the application keeps up. */
  constructor(windowBytes: number, maxWindowBytes: number = windowBytes) {
    this.#windowBytes = this.#firstWindowBytes = windowBytes;
    this.#maxWindowBytes = maxWindowBytes;
    this.#creditEnd = windowBytes;
  }

  get highest(): number {
    return this.#highest;
  }

  get creditEnd(): number {
    return this.#creditEnd;
  }

  get waitingChunks(): number {
    return this.#waiting?.length ?? 0;
  }

  /** All bytes and the end have arrived. */
  get isComplete(): boolean {
    return this.#finalSize !== undefined && (this.#delivered === this.#finalSize || this.isDiscarding);
  }

  /** Complete, and the application has used all of it. */
  get isDone(): boolean {
    return this.isComplete && (this.isDiscarding || this.#consumed === this.#finalSize);
  }

  /** Bytes that arrived and that the application has not used. */
  get unconsumedBytes(): number {
    return this.#highest - this.#consumed;
  }

  /**
   * Takes a segment and returns how far the highest offset moved.
   *
   * Throws FLOW beyond the credit, PROTOCOL when the end moves or bytes that wait are contradicted.
   */
  insert(offset: number, bytes: Uint8Array, isLast: boolean): number {
    const end = offset + bytes.length;
    if (end > MAX_VARINT || end > this.#creditEnd)
      throw new PalaverError("FLOW", "a stream exceeds its credit");
    if (isLast) this.#setFinalSize(end);
    if (this.#finalSize !== undefined && end > this.#finalSize) {
      throw new PalaverError("PROTOCOL", "a stream goes on after its end");
    }
    const growth = Math.max(0, end - this.#highest);
    if (offset > this.#highest) this.#hadGap = true;
    this.#highest += growth;
    if (!this.isDiscarding) this.#keep(offset, bytes);
    else this.#consumed = this.#delivered = this.#highest;
    return growth;
  }

  /** Takes a RESET and returns how far the highest offset moved by it. */
  endAt(finalSize: number): number {
    if (finalSize > this.#creditEnd) throw new PalaverError("FLOW", "a stream exceeds its credit");
    this.#setFinalSize(finalSize);
    const growth = finalSize - this.#highest;
    this.#highest = finalSize;
    return growth;
  }

  #setFinalSize(finalSize: number): void {
    if (finalSize < this.#highest || (this.#finalSize ?? finalSize) !== finalSize) {
      throw new PalaverError("PROTOCOL", "the end of a stream moved");
    }
    this.#finalSize = finalSize;
  }

  /** Stores the parts of `bytes` that are new. Copies: their memory is used again. */
  #keep(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    let at = Math.max(offset, this.#delivered);
    if (at >= end) return;
    const waiting = (this.#waiting ??= []);
    // Nearly always the bytes belong at the end, or before everything that waits.
    let i = waiting.length;
    while (i > 0 && (waiting[i - 1] as Chunk).offset > at) i--;
    if (i > 0) i--;
    for (; at < end; i++) {
      const chunk = waiting[i];
      if (!chunk || chunk.offset >= end) {
        waiting.splice(i, 0, { offset: at, bytes: new Uint8Array(bytes.subarray(at - offset)) });
        return;
      }
      if (at < chunk.offset) {
        const gap = bytes.subarray(at - offset, chunk.offset - offset);
        waiting.splice(i, 0, { offset: at, bytes: new Uint8Array(gap) });
        at = chunk.offset;
        continue;
      }
      const chunkEnd = chunk.offset + chunk.bytes.length;
      const shared = Math.min(end, chunkEnd);
      for (let byte = at; byte < shared; byte++) {
        if (chunk.bytes[byte - chunk.offset] !== bytes[byte - offset]) {
          throw new PalaverError("PROTOCOL", "a stream contradicts itself");
        }
      }
      at = Math.max(at, shared);
    }
  }

  /** The next bytes in order, or nothing. */
  read(): Uint8Array | undefined {
    const chunk = this.#waiting?.[0];
    if (!chunk || chunk.offset !== this.#delivered) return undefined;
    this.#waiting?.shift();
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    this.#delivered += chunk.bytes.length;
    return chunk.bytes;
  }

  /** True once, when the last byte has been read and the end is known. */
  takeEnd(): boolean {
    if (this.#isEndTold || this.isDiscarding || !this.isComplete) return false;
    this.#isEndTold = true;
    return true;
  }

  /** The application has used `bytes` more. Throws RangeError for more than it was given: that is a bug of ours. */
  consume(bytes: number): void {
    if (bytes < 0 || this.#consumed + bytes > this.#delivered) {
      throw new RangeError("more bytes consumed than delivered");
    }
    this.#consumed += bytes;
  }

  /** Throws away what waits and what will come; returns the bytes whose credit goes back to the session. */
  discard(): number {
    const freed = this.unconsumedBytes;
    this.isDiscarding = true;
    this.#waiting = undefined;
    this.#consumed = this.#delivered = this.#highest;
    return freed;
  }

  /** Whether enough has been used that new credit is worth a frame. */
  get isCreditDue(): boolean {
    return this.#finalSize === undefined && this.#creditEnd - this.#consumed <= this.#windowBytes / 2;
  }

  /**
   * Gives credit for a whole window beyond what is used, and returns the new end. Half a window was used since the last
   * time; when that was quick, the window is what holds the sender up, and grows.
   */
  giveCredit({ minMs, smoothedMs }: Pick<RttEstimate, "minMs" | "smoothedMs">, nowMs: number): number {
    const isQuick = nowMs - this.#creditGivenAtMs < GROWTH_ROUNDS * smoothedMs;
    if (this.#hadGap && minMs < GROWTH_MIN_RTT_MS) this.#windowBytes = this.#firstWindowBytes;
    else if (isQuick) this.#windowBytes = Math.min(2 * this.#windowBytes, this.#maxWindowBytes);
    this.#creditGivenAtMs = nowMs;
    // What was given is never taken back.
    this.#creditEnd = Math.max(this.#creditEnd, this.#consumed + this.#windowBytes);
    return this.#creditEnd;
  }
}
