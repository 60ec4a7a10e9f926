import type { Segment, SendStream } from "./send-stream.ts";

/** Below this share of lost packets nothing is sent twice. */
export const REDUNDANCY_MIN_LOSS = 0.02;
/** Only small segments ride again. */
export const REDUNDANCY_MAX_BYTES = 300;
/** Copies of one segment. */
export const REDUNDANCY_MAX_COPIES = 4;
/** Time between copies: losses come in bursts shorter than this. */
export const REDUNDANCY_INTERVAL_MS = 12;
/** Copies in flight take at most this share of the window (RFC 8085: redundancy must not be a way around it). */
export const REDUNDANCY_WINDOW_SHARE = 0.25;
/** Segments waiting for copies; beyond it the traffic is not sparse and the next packets repair losses anyway. */
const MAX_SEGMENTS = 32;
/** A segment is sent so often that it gets lost with at most this probability. */
const RESIDUAL_LOSS = 0.003;

interface Rider {
  readonly stream: SendStream;
  readonly segment: Segment;
  copiesLeft: number;
  dueAtMs: number;
}

/** Copies that make a loss cost `loss ** (copies + 1)`: one at 3 %, two at 10 %, four at 30 %. */
export function copiesFor(lossRate: number): number {
  if (lossRate <= REDUNDANCY_MIN_LOSS) return 0;
  const sendings = Math.ceil(Math.log(RESIDUAL_LOSS) / Math.log(Math.min(lossRate, 0.9)));
  return Math.min(REDUNDANCY_MAX_COPIES, Math.max(1, sendings - 1));
}

/** Small segments that ride again before anybody knows that they were lost (after RFC 2198 and KCP's fast mode). */
export class Redundancy {
  #riders: Rider[] = [];

  get deadlineMs(): number {
    let deadlineMs = Infinity;
    for (const rider of this.#riders) deadlineMs = Math.min(deadlineMs, rider.dueAtMs);
    return deadlineMs;
  }

  get isEmpty(): boolean {
    return this.#riders.length === 0;
  }

  /** Remembers a segment that was sent for the first time, or again after a loss. */
  note(stream: SendStream, segment: Segment, copies: number, nowMs: number): void {
    if (copies === 0 || segment.length > REDUNDANCY_MAX_BYTES || this.#riders.length >= MAX_SEGMENTS) return;
    this.#riders.push({ stream, segment, copiesLeft: copies, dueAtMs: nowMs + REDUNDANCY_INTERVAL_MS });
  }

  /**
   * Takes the segments that ride in the packet being built.
   *
   * In a packet of their own (`isOwnPacket`) at least one must be due; in any other packet all that fit ride, unless
   * they left a moment ago.
   */
  take(
    roomBytes: number,
    overheadBytes: number,
    isOwnPacket: boolean,
    nowMs: number,
  ): [SendStream, Segment][] {
    this.#riders = this.#riders.filter(
      (rider) => rider.copiesLeft > 0 && rider.stream.unackedPart(rider.segment) !== undefined,
    );
    if (isOwnPacket && this.deadlineMs > nowMs) return [];
    const taken: [SendStream, Segment][] = [];
    for (const rider of this.#riders) {
      if (rider.dueAtMs > nowMs + REDUNDANCY_INTERVAL_MS / 2) continue;
      const part = rider.stream.unackedPart(rider.segment);
      if (!part || part.length + overheadBytes > roomBytes) continue;
      roomBytes -= part.length + overheadBytes;
      rider.copiesLeft--;
      rider.dueAtMs = nowMs + REDUNDANCY_INTERVAL_MS;
      taken.push([rider.stream, part]);
    }
    return taken;
  }

  /** There was no room in the window: the due copies are given up. */
  skipDue(nowMs: number): void {
    for (const rider of this.#riders)
      if (rider.dueAtMs <= nowMs) rider.dueAtMs = nowMs + REDUNDANCY_INTERVAL_MS;
  }

  clear(): void {
    this.#riders = [];
  }
}
