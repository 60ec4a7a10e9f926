import { CHALLENGE_BYTES } from "./frame.ts";
import { DATA_HEADER_BYTES, TAG_BYTES } from "./limits.ts";

/** An address that has not answered gets at most this many times the bytes that came from it (RFC 9000 section 8). */
export const AMPLIFICATION_LIMIT = 3;
/** Bytes of a packet with nothing but a challenge. */
export const CHALLENGE_PACKET_BYTES = DATA_HEADER_BYTES + 1 + CHALLENGE_BYTES + TAG_BYTES;
/** Challenges for one candidate, and how long it may take to answer. */
const MAX_ATTEMPTS = 12;
const CANDIDATE_LIFETIME_MS = 5000;

/** Answers to challenges waiting to leave; more are dropped, the peer asks again. */
const MAX_RESPONSES = 4;

/** A challenge, or the answer to one, and where it goes. */
export interface PathMessage {
  readonly to: string;
  readonly token: Uint8Array;
  readonly isResponse: boolean;
}

interface Candidate {
  readonly address: string;
  readonly token: Uint8Array;
  receivedBytes: number;
  sentBytes: number;
  attempts: number;
  /** Infinity while the budget is used up. */
  nextAtMs: number;
  untilMs: number;
}

/**
 * Where the peer is, and where it may be.
 *
 * Data goes to `address` alone. Another address is a candidate when the newest packet came from it; it takes over when
 * it has answered a challenge, so that nobody can point a session at a victim, and a forwarder that wins a race gains
 * nothing: the next packet from the true address ends its candidacy.
 */
export class Path {
  address: string;
  changes = 0;
  #candidate: Candidate | undefined;
  /** The old address is asked once as well (RFC 9000 section 9.3.3): if it lives, its answer is newer. */
  #isOldProbeDue = false;
  #responses: PathMessage[] | undefined;

  constructor(address: string) {
    this.address = address;
  }

  /** Whether `takeMessages` may have something. */
  get isUnderQuestion(): boolean {
    return this.#candidate !== undefined || this.#responses !== undefined;
  }

  get deadlineMs(): number {
    if (!this.#candidate) return Infinity;
    return this.#isOldProbeDue ? 0 : Math.min(this.#candidate.nextAtMs, this.#candidate.untilMs);
  }

  /** Hears of an authentic packet; `isNewest` means that its number is the highest so far. */
  onPacket(
    from: string,
    bytes: number,
    isNewest: boolean,
    random: (size: number) => Uint8Array,
    nowMs: number,
  ): void {
    const candidate = this.#candidate;
    if (candidate?.address === from) {
      candidate.receivedBytes += bytes;
      candidate.untilMs = nowMs + CANDIDATE_LIFETIME_MS;
      // Out of budget or attempts before: the packet brings new ones.
      candidate.attempts = Math.min(candidate.attempts, MAX_ATTEMPTS - 1);
      if (candidate.nextAtMs === Infinity) candidate.nextAtMs = nowMs;
      return;
    }
    if (!isNewest) return;
    if (from === this.address) {
      this.#candidate = undefined;
      return;
    }
    this.#candidate = {
      address: from,
      token: random(CHALLENGE_BYTES),
      receivedBytes: bytes,
      sentBytes: 0,
      attempts: 0,
      nextAtMs: nowMs,
      untilMs: nowMs + CANDIDATE_LIFETIME_MS,
    };
    this.#isOldProbeDue = true;
  }

  /** Takes an answer; true when the candidate has proven itself and is the address now. */
  onResponse(token: Uint8Array, from: string): boolean {
    const candidate = this.#candidate;
    // The answer must come from the address that was asked, or a peer could vouch for somebody else's.
    if (!candidate || candidate.address !== from) return false;
    if (!candidate.token.every((byte, i) => byte === token[i])) return false;
    this.address = from;
    this.changes++;
    this.#candidate = undefined;
    return true;
  }

  /** Queues the answer to a challenge: one for each, of the same size, so there is nothing to amplify. */
  onChallenge(token: Uint8Array, to: string): void {
    const responses = (this.#responses ??= []);
    if (responses.length < MAX_RESPONSES)
      responses.push({ to, token: new Uint8Array(token), isResponse: true });
  }

  /** What is due to be asked and answered. Challenges of one address are `intervalMs` apart. */
  takeMessages(intervalMs: number, nowMs: number): PathMessage[] {
    const messages = this.#responses ?? [];
    this.#responses = undefined;
    if (this.#candidate) this.#takeChallenges(this.#candidate, messages, intervalMs, nowMs);
    return messages;
  }

  #takeChallenges(candidate: Candidate, messages: PathMessage[], intervalMs: number, nowMs: number): void {
    if (this.#isOldProbeDue) {
      this.#isOldProbeDue = false;
      messages.push({ to: this.address, token: candidate.token, isResponse: false });
    }
    if (nowMs >= candidate.untilMs) {
      this.#candidate = undefined;
      return;
    }
    if (nowMs < candidate.nextAtMs) return;
    const isWithinBudget =
      candidate.sentBytes + CHALLENGE_PACKET_BYTES <= AMPLIFICATION_LIMIT * candidate.receivedBytes;
    if (isWithinBudget && candidate.attempts < MAX_ATTEMPTS) {
      candidate.attempts++;
      candidate.sentBytes += CHALLENGE_PACKET_BYTES;
      candidate.nextAtMs = nowMs + intervalMs;
      messages.push({ to: candidate.address, token: candidate.token, isResponse: false });
    } else {
      candidate.nextAtMs = Infinity;
    }
  }
}
