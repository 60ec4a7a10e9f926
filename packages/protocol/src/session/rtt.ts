/** Before the first sample (RFC 9002 section 6.2.2). */
export const INITIAL_RTT_MS = 333;
/** The clock's grain (RFC 9002 section 6.1.2). */
export const GRANULARITY_MS = 1;
/** A round trip that is only guessed is not taken for shorter than this. */
const HINT_MIN_MS = 100;
/** A minimum this old no longer describes the path. */
const MIN_RTT_LIFETIME_MS = 10_000;
/** A longer round trip is a machine that slept while the packet was under way; it says nothing of the path. */
const MAX_RTT_MS = 10_000;

/** Round-trip estimate of RFC 9002 section 5. */
export class RttEstimate {
  smoothedMs = INITIAL_RTT_MS;
  variationMs = INITIAL_RTT_MS / 2;
  latestMs = INITIAL_RTT_MS;
  minMs = Infinity;
  #minAtMs = 0;

  get hasSample(): boolean {
    return this.minMs !== Infinity;
  }

  /** Takes a hint that may belong to another sending: better than 333 ms, but no sample and never below 100 ms. */
  hint(rttMs: number): void {
    if (this.hasSample) return;
    this.smoothedMs = this.latestMs = Math.min(INITIAL_RTT_MS, Math.max(HINT_MIN_MS, rttMs));
    this.variationMs = this.smoothedMs / 2;
  }

  /**
   * Takes a sample in which the peer says that it waited `ackDelayMs`; more than `maxAckDelayMs` is not believed, nor is a
   * sample above 10 s.
   */
  update(latestMs: number, ackDelayMs: number, maxAckDelayMs: number, nowMs: number): void {
    if (latestMs > MAX_RTT_MS) return;
    latestMs = Math.max(latestMs, 0);
    this.latestMs = latestMs;
    if (!this.hasSample) {
      this.minMs = latestMs;
      this.#minAtMs = nowMs;
      this.smoothedMs = latestMs;
      this.variationMs = latestMs / 2;
      return;
    }
    if (latestMs <= this.minMs || nowMs - this.#minAtMs > MIN_RTT_LIFETIME_MS) {
      this.minMs = latestMs;
      this.#minAtMs = nowMs;
    }
    const delay = Math.min(ackDelayMs, maxAckDelayMs);
    const adjusted = latestMs >= this.minMs + delay ? latestMs - delay : latestMs;
    this.variationMs = 0.75 * this.variationMs + 0.25 * Math.abs(this.smoothedMs - adjusted);
    this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * adjusted;
  }

  /** Base of the probe timeout (RFC 9002 section 6.2.1), before backoff. */
  probeTimeoutMs(maxAckDelayMs: number): number {
    return this.smoothedMs + Math.max(4 * this.variationMs, GRANULARITY_MS) + maxAckDelayMs;
  }
}
