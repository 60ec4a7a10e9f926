import { MAX_DATAGRAM_BYTES } from "./limits.ts";

/** Probes of one size that may get lost before it counts as too large (RFC 8899, MAX_PROBES). */
const MAX_SIZE_PROBES = 3;
/** Below this there is nothing to win. */
const MIN_GAIN_BYTES = 256;
/** After a black hole larger datagrams are tried again. */
const RAISE_MS = 2000;

/**
 * The size of datagrams that a path is known to carry: RFC 8899's search, from the top. Nothing but a probe, which holds
 * no data, is ever larger than what was acknowledged; when packets vanish it falls back to what every path carries.
 */
export class DatagramSize {
  bytes = MAX_DATAGRAM_BYTES;
  readonly #limitBytes: number;
  #candidateBytes: number;
  #lost = 0;
  #isProbing = false;
  #raiseAtMs = 0;

  /** @param limitBytes what the peer reads and the path may carry. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#candidateBytes = limitBytes;
  }

  /** The size of a probe that should leave now, if any. */
  probeBytes(nowMs: number): number | undefined {
    const isWanted = !this.#isProbing && this.#candidateBytes >= this.bytes + MIN_GAIN_BYTES;
    return isWanted && nowMs >= this.#raiseAtMs ? this.#candidateBytes : undefined;
  }

  onProbeSent(): void {
    this.#isProbing = true;
  }

  /** A probe of this size has arrived. */
  onProbeAcked(bytes: number): void {
    this.#isProbing = false;
    this.#lost = 0;
    this.onCarried(bytes);
  }

  /** A packet with that much in it has arrived: what looked like a black hole was a pause. */
  onCarried(bytes: number): void {
    if (bytes > this.bytes) this.bytes = Math.min(bytes, this.#limitBytes);
  }

  onProbeLost(): void {
    this.#isProbing = false;
    if (++this.#lost < MAX_SIZE_PROBES) return;
    this.#lost = 0;
    this.#candidateBytes = Math.floor((this.bytes + this.#candidateBytes) / 2);
  }

  /** Nothing comes back any more: larger datagrams may be why. */
  fallBack(nowMs: number): void {
    if (this.bytes === MAX_DATAGRAM_BYTES) return;
    this.bytes = MAX_DATAGRAM_BYTES;
    this.#candidateBytes = this.#limitBytes;
    this.#raiseAtMs = nowMs + RAISE_MS;
  }
}
