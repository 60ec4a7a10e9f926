import type { Role } from "./stream-id.ts";

/** So many packets, each so soon after the one before, are a transfer and not a conversation. */
const BURST_PACKETS = 4;
const BURST_GAP_MS = 100;
/** The first question comes after two round trips of a transfer, but not sooner than this; or after a single message. */
const BURST_MIN_MS = 100;
const SPARSE_MS = 700;
/** From here on the keep-alive takes over. */
const MAX_ASK_MS = 16_000;

/**
 * When a session has been silent for too long, and when a client asks whether it would still hear.
 *
 * A NAT may give a client another address at any time; the server goes on sending to the old one until it hears from
 * the client, and the client may have nothing to say. So pings follow whatever was said or heard, each after twice the
 * time: the first soon after a burst, where a transfer or a request may be under way, later after a single message.
 */
export class Liveness {
  lastReceivedAtMs: number;
  readonly #isClient: boolean;
  readonly #keepAliveMs: number;
  readonly #idleTimeoutMs: number;
  #lastSentAtMs: number;
  #activeAtMs: number;
  #burstPackets = 0;
  #asked = 0;

  constructor(role: Role, keepAliveMs: number, idleTimeoutMs: number, nowMs: number) {
    this.#isClient = role === "client";
    this.#keepAliveMs = keepAliveMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.lastReceivedAtMs = this.#lastSentAtMs = this.#activeAtMs = nowMs;
  }

  /** Since when neither side has sent anything. */
  get quietSinceMs(): number {
    return Math.max(this.lastReceivedAtMs, this.#lastSentAtMs);
  }

  /** Keys are agreed: time counts from here. */
  restart(nowMs: number): void {
    this.lastReceivedAtMs = this.#lastSentAtMs = this.#activeAtMs = nowMs;
  }

  onSent(nowMs: number): void {
    this.#lastSentAtMs = nowMs;
  }

  /** Something worth asking about was said or heard. */
  onActive(nowMs: number): void {
    if (nowMs - this.#activeAtMs > BURST_GAP_MS) this.#burstPackets = 0;
    this.#burstPackets++;
    this.#activeAtMs = nowMs;
    this.#asked = 0;
  }

  isIdle(nowMs: number): boolean {
    return nowMs >= this.lastReceivedAtMs + this.#idleTimeoutMs;
  }

  /** Whether a ping is due; counts it as sent, so that a full window cannot make it due again at once. */
  takePing(rttMs: number, isAwaitingReply: boolean, nowMs: number): boolean {
    const isKeepAlive = nowMs >= this.#keepAliveAtMs;
    const isAsking = nowMs >= this.#askAtMs(rttMs, isAwaitingReply);
    if (isKeepAlive) this.#lastSentAtMs = nowMs;
    if (isAsking) this.#asked++;
    return isKeepAlive || isAsking;
  }

  deadlineMs(rttMs: number, isAwaitingReply: boolean): number {
    return Math.min(
      this.lastReceivedAtMs + this.#idleTimeoutMs,
      this.#keepAliveAtMs,
      this.#askAtMs(rttMs, isAwaitingReply),
    );
  }

  get #keepAliveAtMs(): number {
    return this.#keepAliveMs > 0 ? this.#lastSentAtMs + this.#keepAliveMs : Infinity;
  }

  #askAtMs(rttMs: number, isAwaitingReply: boolean): number {
    if (!this.#isClient) return Infinity;
    const isBurst = this.#burstPackets >= BURST_PACKETS || isAwaitingReply;
    const afterMs = (isBurst ? Math.max(BURST_MIN_MS, 2 * rttMs) : SPARSE_MS) * 2 ** this.#asked;
    return afterMs > MAX_ASK_MS ? Infinity : this.#activeAtMs + afterMs;
  }
}
