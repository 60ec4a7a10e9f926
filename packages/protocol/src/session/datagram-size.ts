import { MAX_DATAGRAM_BYTES } from "./limits.ts";

/** Probes of one size that may get lost before it counts as too large (RFC 8899, MAX_PROBES). */
const MAX_SIZE_PROBES = 3;
/** Below this there is nothing to win. */
const MIN_GAIN_BYTES = 256;
/** After a black hole larger datagrams are tried again. */
const RAISE_MS = 2000;
/** What one packet takes of a TCP connection at most: everything else waits behind it. */
const STREAM_PACKET_MS = 10;

/**
 * The size of datagrams that a path is known to carry: RFC 8899's search, from the top. Nothing but a probe, which holds
 * no data, is ever larger than what was acknowledged; when packets vanish it falls back to what every path carries.
 */
export class DatagramSize {
  bytes = MAX_DATAGRAM_BYTES;
  readonly #limitBytes: number;
  readonly #isStream: boolean;
  #candidateBytes: number;
  #lost = 0;
  #isProbing = false;
  #raiseAtMs = 0;

  /**
   * @param limitBytes what the peer reads and the path may carry
   * @param isStream the path is a TCP connection, which carries any size: there is nothing to search for
   */
  constructor(limitBytes: number, isStream = false) {
    this.#limitBytes = limitBytes;
    this.#candidateBytes = limitBytes;
    this.#isStream = isStream;
    if (isStream) this.bytes = limitBytes;
  }

  /** Of the largest packet worth sending at this rate, in bytes per ms. */
  packetBytes(rate: number): number {
    if (!this.#isStream) return this.bytes;
    const bytes = Number.isFinite(rate) ? Math.floor(rate * STREAM_PACKET_MS) : 0;
    return Math.min(this.bytes, Math.max(MAX_DATAGRAM_BYTES, bytes));
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
    if (this.#isStream || this.bytes === MAX_DATAGRAM_BYTES) return;
    this.bytes = MAX_DATAGRAM_BYTES;
    this.#candidateBytes = this.#limitBytes;
    this.#raiseAtMs = nowMs + RAISE_MS;
  }
}
