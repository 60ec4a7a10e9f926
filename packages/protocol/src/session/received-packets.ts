import { RangeSet } from "./range-set.ts";

/** Packets this far below the highest one are refused: they are replays as far as we can tell (RFC 6479's idea). */
export const REPLAY_WINDOW = 2048;
/** Ranges in one ACK. */
export const MAX_ACK_RANGES = 32;

/**
 * Which packet numbers have arrived: the replay window and the source of acknowledgements in one.
 *
 * Ranges instead of a bitmap: a session whose packets all arrived costs two numbers, not 256 bytes, and the worst case
 * is bounded by the window (1024 ranges).
 */
export class ReceivedPackets {
  readonly #numbers = new RangeSet();
  /** Numbers below this one need no more acknowledgement: the peer has seen an ACK of them. */
  #ackFloor = 0;

  /** Highest number that arrived, or -1. */
  get highest(): number {
    return this.#numbers.isEmpty ? -1 : this.#numbers.endOf(-1) - 1;
  }

  /** Whether a packet with this number may be accepted: neither seen nor too old to know. */
  isNew(packetNumber: number): boolean {
    return packetNumber > this.highest - REPLAY_WINDOW && !this.#numbers.has(packetNumber);
  }

  /** Records a packet that has authenticated. Never call it before: a forged number would move the window. */
  add(packetNumber: number): void {
    this.#numbers.add(packetNumber, packetNumber + 1);
    this.#numbers.remove(0, this.highest - REPLAY_WINDOW + 1);
  }

  /** Whether a number below the highest is missing, so that the sender should hear of it at once. */
  isOutOfOrder(packetNumber: number): boolean {
    return (
      packetNumber !== this.highest || !this.#numbers.covers(Math.max(0, packetNumber - 1), packetNumber)
    );
  }

  /** The peer knows that everything up to `packetNumber` was acknowledged. */
  forgetAcksBelow(packetNumber: number): void {
    this.#ackFloor = Math.max(this.#ackFloor, packetNumber);
  }

  /** Ranges for an ACK, highest first, as `[first, last]` inclusive; at most `limit` of them. */
  ackRanges(limit = MAX_ACK_RANGES): [number, number][] {
    const ranges: [number, number][] = [];
    for (let i = this.#numbers.count - 1; i >= 0 && ranges.length < limit; i--) {
      const last = this.#numbers.endOf(i) - 1;
      if (last < this.#ackFloor) break;
      ranges.push([this.#numbers.startOf(i), last]);
    }
    return ranges;
  }
}
