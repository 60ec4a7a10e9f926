import { PalaverError } from "../errors.ts";
import type { CongestionController } from "./congestion.ts";
import { MAX_ACK_DELAY_MS, MAX_PACKETS_IN_FLIGHT } from "./limits.ts";
import type { LossRate } from "./loss-rate.ts";
import { Pacer } from "./pacer.ts";
import type { PathMemory } from "./path-memory.ts";
import { GRANULARITY_MS, type RttEstimate } from "./rtt.ts";
import type { SentFrame } from "./sent-frame.ts";

/** RFC 9002 sections 6.1.1 and 6.1.2. */
const PACKET_THRESHOLD = 3;
const TIME_THRESHOLD = 9 / 8;
/** Probes back off to this. */
export const MAX_PROBE_TIMEOUT_MS = 8000;
/** Sparse traffic hopes longer: its first probes grow by half only. */
const SPARSE_GROWTH = 1.5;
const SPARSE_PROBES = 4;
const SPARSE_PACKETS = 4;
/** Skipped numbers that are remembered; older ones can no longer be in an honest ACK's lowest ranges. */
const MAX_SKIPPED = 8;
/** Probes beyond the window that are remembered. */
const MAX_PROBES_IN_FLIGHT = 32;
/** Numbers called lost that are remembered. */
const MAX_CALLED_LOST = 64;

/** What is remembered of a packet until it is acknowledged or lost. */
export interface SentPacket {
  readonly number: number;
  readonly sentAtMs: number;
  readonly bytes: number;
  readonly frames: readonly SentFrame[];
  /** Bytes of it that are copies of what is in flight already. */
  readonly copyBytes: number;
  /** Delivered bytes and time when it was sent, for the delivery rate (draft-cheng-iccrg-delivery-rate-estimation). */
  readonly deliveredBytes: number;
  readonly deliveredAtMs: number;
  readonly firstSentAtMs: number;
  readonly isAppLimited: boolean;
}

/** What becomes of frames that were sent. */
export interface RecoverySink {
  onFrameAcked(frame: SentFrame): void;
  onFrameLost(frame: SentFrame): void;
}

/** Acknowledgements in, losses and probes out: RFC 9002 for one packet number space. */
export class Recovery {
  readonly rtt: RttEstimate;
  readonly loss: LossRate;
  readonly pacer = new Pacer();
  readonly congestion: CongestionController;
  /** In flight and waiting for an ACK, lowest number first. At most MAX_PACKETS_IN_FLIGHT and a few probes. */
  readonly #sent = new Map<number, SentPacket>();
  readonly #skipped: number[] = [];
  /** Numbers lately called lost, to notice when reordering fooled us. */
  readonly #calledLost: number[] = [];
  #largestSent = -1;
  #largestAcked = -1;
  #lossAtMs = Infinity;
  #lastElicitingAtMs = 0;
  #delivered = 0;
  #deliveredAtMs = 0;
  #firstSentAtMs = 0;
  #roundEnd = 0;
  inFlightBytes = 0;
  copyBytes = 0;
  /** Probe timeouts since the last ACK. */
  probeCount = 0;

  constructor(memory: PathMemory, largestSent: number, congestion: CongestionController) {
    this.rtt = memory.rtt;
    this.loss = memory.loss;
    this.#largestSent = largestSent;
    this.congestion = congestion;
  }

  get packetsInFlight(): number {
    return this.#sent.size;
  }

  onSkipped(packetNumber: number): void {
    this.#skipped.push(packetNumber);
    if (this.#skipped.length > MAX_SKIPPED) this.#skipped.shift();
  }

  /** Records a packet that asks for an acknowledgement. */
  onSent(
    packet: Pick<SentPacket, "number" | "bytes" | "frames" | "copyBytes" | "isAppLimited">,
    sink: RecoverySink,
    nowMs: number,
  ): void {
    if (this.#sent.size === 0) {
      this.#deliveredAtMs = nowMs;
      this.#firstSentAtMs = nowMs;
    }
    const { number, bytes, frames, copyBytes, isAppLimited } = packet;
    this.#sent.set(number, {
      number,
      bytes,
      frames,
      copyBytes,
      isAppLimited,
      sentAtMs: nowMs,
      deliveredBytes: this.#delivered,
      deliveredAtMs: this.#deliveredAtMs,
      firstSentAtMs: this.#firstSentAtMs,
    });
    this.#lastElicitingAtMs = nowMs;
    this.inFlightBytes += packet.bytes;
    this.copyBytes += packet.copyBytes;
    this.pacer.onSent(packet.bytes);
    if (this.#sent.size > MAX_PACKETS_IN_FLIGHT + MAX_PROBES_IN_FLIGHT) this.#forgetOldest(sink);
  }

  /** Probes into a dead path pile up: the oldest packet is as good as lost. */
  #forgetOldest(sink: RecoverySink): void {
    const oldest = this.#sent.values().next().value as SentPacket;
    this.#forget(oldest);
    for (const frame of oldest.frames) sink.onFrameLost(frame);
  }

  /** Records the number of any packet, so that an ACK of something unsent is noticed. */
  onNumberUsed(packetNumber: number): void {
    this.#largestSent = packetNumber;
  }

  /** Takes an ACK. Throws PROTOCOL for one of an unsent or skipped number: the peer guesses (RFC 9000 section 21.4). */
  onAck(
    ranges: readonly (readonly [number, number])[],
    delayMs: number,
    sink: RecoverySink,
    nowMs: number,
  ): void {
    const largest = (ranges[0] as readonly [number, number])[1];
    if (largest > this.#largestSent) throw new PalaverError("PROTOCOL", "an ACK of an unsent packet");
    for (const skipped of this.#skipped) {
      if (holds(ranges, skipped)) throw new PalaverError("PROTOCOL", "an ACK of a skipped packet");
    }
    this.#largestAcked = Math.max(this.#largestAcked, largest);
    this.#correctLosses(ranges);
    const acked = this.#takeAcked(ranges);
    const newest = acked.at(-1);
    if (newest) {
      if (newest.number === largest) {
        this.rtt.update(nowMs - newest.sentAtMs, delayMs, MAX_ACK_DELAY_MS, nowMs);
      }
      this.probeCount = 0;
      for (const packet of acked) {
        this.loss.update(false);
        for (const frame of packet.frames) sink.onFrameAcked(frame);
      }
    }
    this.detectLost(sink, nowMs);
    if (newest) this.#sampleRate(acked, newest, nowMs);
  }

  /** Looks for packets that are lost by order or by time, and hands their frames back. */
  detectLost(sink: RecoverySink, nowMs: number): void {
    this.#lossAtMs = Infinity;
    const delayMs = Math.max(
      TIME_THRESHOLD * Math.max(this.rtt.smoothedMs, this.rtt.latestMs),
      GRANULARITY_MS,
    );
    let lostBytes = 0;
    let newestLostAtMs = 0;
    for (const packet of this.#sent.values()) {
      if (packet.number > this.#largestAcked) break;
      const isLost =
        packet.number <= this.#largestAcked - PACKET_THRESHOLD || packet.sentAtMs + delayMs <= nowMs;
      if (!isLost) {
        this.#lossAtMs = Math.min(this.#lossAtMs, packet.sentAtMs + delayMs);
        continue;
      }
      this.#forget(packet);
      this.loss.update(true);
      this.#calledLost.push(packet.number);
      if (this.#calledLost.length > MAX_CALLED_LOST) this.#calledLost.shift();
      lostBytes += packet.bytes;
      newestLostAtMs = packet.sentAtMs;
      for (const frame of packet.frames) sink.onFrameLost(frame);
    }
    if (lostBytes > 0) this.congestion.onLost(lostBytes, newestLostAtMs, nowMs);
  }

  /** The path changed under the packets in flight: all of them are sent again, and nobody is to blame. */
  abandonInFlight(sink: RecoverySink): void {
    for (const packet of this.#sent.values()) {
      this.#forget(packet);
      for (const frame of packet.frames) sink.onFrameLost(frame);
    }
    this.#lossAtMs = Infinity;
    this.probeCount = 0;
  }

  /** Whether a packet of more than `bytes` is in flight. */
  hasLarger(bytes: number): boolean {
    for (const packet of this.#sent.values()) if (packet.bytes > bytes) return true;
    return false;
  }

  /** Frames of the oldest packets in flight, for probes to repeat. */
  *oldestFrames(): Iterable<SentFrame> {
    for (const packet of this.#sent.values()) yield* packet.frames;
  }

  /** When `onTimeout` wants to be called, or Infinity. */
  get deadlineMs(): number {
    if (this.#lossAtMs !== Infinity) return this.#lossAtMs;
    return this.#sent.size === 0 ? Infinity : this.#lastElicitingAtMs + this.probeTimeoutMs;
  }

  /** The probe timeout with its backoff. */
  get probeTimeoutMs(): number {
    const base = this.rtt.probeTimeoutMs(MAX_ACK_DELAY_MS);
    const isSparse = this.#sent.size <= SPARSE_PACKETS;
    const gentle = isSparse ? Math.min(this.probeCount, SPARSE_PROBES) : 0;
    return Math.min(
      MAX_PROBE_TIMEOUT_MS,
      base * SPARSE_GROWTH ** gentle * 2 ** Math.min(30, this.probeCount - gentle),
    );
  }

  /** Handles a due deadline; true when a probe has to be sent. */
  onTimeout(sink: RecoverySink, nowMs: number): boolean {
    if (this.#lossAtMs !== Infinity) {
      this.detectLost(sink, nowMs);
      return false;
    }
    this.probeCount++;
    // Two timeouts in a row without a sign: what we knew of the path's rate may be wrong.
    if (this.probeCount === 3) this.congestion.onReset();
    return true;
  }

  #takeAcked(ranges: readonly (readonly [number, number])[]): SentPacket[] {
    const acked: SentPacket[] = [];
    const lowest = (ranges.at(-1) as readonly [number, number])[0];
    let at = ranges.length - 1;
    for (const packet of this.#sent.values()) {
      if (packet.number < lowest) continue;
      while (at >= 0 && (ranges[at] as readonly [number, number])[1] < packet.number) at--;
      const range = ranges[at];
      if (!range) break;
      if (packet.number < range[0]) continue;
      acked.push(packet);
      this.#forget(packet);
    }
    return acked;
  }

  #correctLosses(ranges: readonly (readonly [number, number])[]): void {
    for (let i = this.#calledLost.length - 1; i >= 0; i--) {
      const number = this.#calledLost[i] as number;
      if (!holds(ranges, number)) continue;
      this.#calledLost.splice(i, 1);
      this.loss.correct();
    }
  }

  #sampleRate(acked: readonly SentPacket[], newest: SentPacket, nowMs: number): void {
    let ackedBytes = 0;
    for (const packet of acked) ackedBytes += packet.bytes;
    this.#delivered += ackedBytes;
    this.#deliveredAtMs = nowMs;
    this.#firstSentAtMs = newest.sentAtMs;
    const isRoundStart = newest.deliveredBytes >= this.#roundEnd;
    if (isRoundStart) this.#roundEnd = this.#delivered;
    const sendMs = newest.sentAtMs - newest.firstSentAtMs;
    const ackMs = nowMs - newest.deliveredAtMs;
    const intervalMs = Math.max(sendMs, ackMs);
    // A shorter interval than the path's own round trip measures a burst of ACKs, not the path.
    const isMeasured = intervalMs >= this.rtt.minMs && intervalMs > 0;
    this.congestion.onAck({
      nowMs,
      ackedBytes,
      inFlightBytes: this.inFlightBytes,
      newestSentAtMs: newest.sentAtMs,
      smoothedRttMs: this.rtt.smoothedMs,
      minRttMs: this.rtt.minMs,
      deliveryRate: isMeasured ? (this.#delivered - newest.deliveredBytes) / intervalMs : 0,
      isAppLimited: newest.isAppLimited,
      isRoundStart,
      lossRate: this.loss.rate,
    });
  }

  #forget(packet: SentPacket): void {
    this.#sent.delete(packet.number);
    this.inFlightBytes -= packet.bytes;
    this.copyBytes -= packet.copyBytes;
  }
}

/** Whether an ACK's ranges, highest first, name this packet. */
function holds(ranges: readonly (readonly [number, number])[], number: number): boolean {
  for (let at = 0; at < ranges.length; at++) {
    const range = ranges[at] as readonly [number, number];
    if (number >= range[0]) return number <= range[1];
  }
  return false;
}
