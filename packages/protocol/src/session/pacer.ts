import { LARGEST_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES } from "./limits.ts";

/** Bytes that may leave at once (RFC 9002 section 7.7: not more than the initial window). */
export const BURST_BYTES = 10 * MAX_DATAGRAM_BYTES;
/**
 * A timer fires every millisecond at best, and late: what a fast path carries meanwhile leaves at once, or 12 MB/s would
 * be the end.
 */
const BURST_MS = 2;

/** A token bucket that spreads a window over its round trip, so that a burst does not fill somebody's queue. */
export class Pacer {
  #tokens = BURST_BYTES;
  #filledAtMs = 0;

  /** Time from which a full packet may leave at `rate` bytes per ms. */
  readyAtMs(rate: number, nowMs: number): number {
    this.#fill(rate, nowMs);
    if (this.#tokens >= MAX_DATAGRAM_BYTES || rate === Infinity) return nowMs;
    return nowMs + (MAX_DATAGRAM_BYTES - this.#tokens) / rate;
  }

  onSent(bytes: number): void {
    this.#tokens = Math.max(-LARGEST_DATAGRAM_BYTES, this.#tokens - bytes);
  }

  #fill(rate: number, nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    const burstBytes = rate === Infinity ? BURST_BYTES : Math.max(BURST_BYTES, BURST_MS * rate);
    this.#tokens = rate === Infinity ? burstBytes : Math.min(burstBytes, this.#tokens + elapsedMs * rate);
  }
}
