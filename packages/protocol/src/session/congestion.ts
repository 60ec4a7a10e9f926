import { MAX_DATAGRAM_BYTES } from "./limits.ts";

/** RFC 9002 section 7.2. */
export const INITIAL_WINDOW_BYTES = 10 * MAX_DATAGRAM_BYTES;
export const MIN_WINDOW_BYTES = 2 * MAX_DATAGRAM_BYTES;

/** What one ACK tells a controller. */
export interface AckSample {
  readonly nowMs: number;
  readonly ackedBytes: number;
  /** Bytes still in flight after this ACK. */
  readonly inFlightBytes: number;
  /** When the newest acknowledged packet was sent. */
  readonly newestSentAtMs: number;
  readonly smoothedRttMs: number;
  readonly minRttMs: number;
  /** Bytes per ms that reached the peer, or 0 when it could not be measured. */
  readonly deliveryRate: number;
  /** The sender had nothing to send, so the rate is only a lower bound. */
  readonly isAppLimited: boolean;
  /** A packet that was sent after the last round began has been acknowledged. */
  readonly isRoundStart: boolean;
  /** Share of packets lost, 0 to 1. */
  readonly lossRate: number;
}

/** Decides how much may be in flight and how fast it leaves. Times in ms, sizes in bytes, rates in bytes per ms. */
export interface CongestionController {
  readonly windowBytes: number;
  /** Bytes per ms, or Infinity before there is an estimate. */
  readonly pacingRate: number;
  onAck(sample: AckSample): void;
  onLost(lostBytes: number, newestSentAtMs: number, nowMs: number): void;
  /** Nothing came through for several probe timeouts, or the path is another one: start again carefully. */
  onReset(): void;
}

/** NewReno (RFC 9002 section 7): the yardstick, and what to use where every loss is congestion. */
export function createNewReno(): CongestionController {
  let windowBytes = INITIAL_WINDOW_BYTES;
  let threshold = Infinity;
  let recoverySinceMs = -1;
  let pacingRate = Infinity;
  return {
    get windowBytes() {
      return windowBytes;
    },
    get pacingRate() {
      return pacingRate;
    },
    onAck(sample) {
      pacingRate = (1.25 * windowBytes) / Math.max(1, sample.smoothedRttMs);
      if (sample.isAppLimited || sample.newestSentAtMs <= recoverySinceMs) return;
      windowBytes +=
        windowBytes < threshold ? sample.ackedBytes : (MAX_DATAGRAM_BYTES * sample.ackedBytes) / windowBytes;
    },
    onLost(_lostBytes, newestSentAtMs, nowMs) {
      // Once a round trip: losses of one round are one event.
      if (newestSentAtMs <= recoverySinceMs) return;
      recoverySinceMs = nowMs;
      windowBytes = Math.max(MIN_WINDOW_BYTES, windowBytes / 2);
      threshold = windowBytes;
    },
    onReset() {
      windowBytes = MIN_WINDOW_BYTES;
      recoverySinceMs = -1;
    },
  };
}
