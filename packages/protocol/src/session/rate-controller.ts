import {
  type AckSample,
  type CongestionController,
  INITIAL_WINDOW_BYTES,
  MIN_WINDOW_BYTES,
} from "./congestion.ts";
import { MAX_DATAGRAM_BYTES } from "./limits.ts";

// BBR's gains (draft-ietf-ccwg-bbr): 2/ln 2 doubles the rate each round trip.
const STARTUP_GAIN = 2.885;
const DRAIN_GAIN = 1 / STARTUP_GAIN;
const WINDOW_GAIN = 2;
const CYCLE = [1.25, 0.75, 1, 1, 1, 1, 1, 1] as const;
/** Rounds without 25 % growth after which the path is full. */
const FULL_ROUNDS = 3;
const FULL_GROWTH = 1.25;
/** Rounds over which the best rate and the largest burst are remembered. */
const MARK_ROUNDS = 10;
/** A queue is taken for real when the round trip is this much longer than the shortest one. */
const QUEUE_RATIO = 1.25;
const QUEUE_SLACK_MS = 10;
/** Random loss is made up for by sending faster, but never by more than this share. */
const MAX_COMPENSATED_LOSS = 0.4;

/** Loss that counts as congestion when a queue grows with it. */
const CONGESTION_LOSS = 0.02;
/** On top of the product: small flows go on while acknowledgements wait for a second packet. */
const SPARE_BYTES = 3 * MAX_DATAGRAM_BYTES;
const MIN_RATE_WINDOW_BYTES = 2 * MIN_WINDOW_BYTES;

/** The largest of what was seen in the last rounds. */
class RecentMost {
  /** Falling values in rising rounds. At most MARK_ROUNDS + 1 entries. */
  readonly #marks: { readonly round: number; readonly value: number }[] = [];

  get value(): number {
    return this.#marks[0]?.value ?? 0;
  }

  add(value: number, round: number): void {
    const marks = this.#marks;
    while (marks.length > 0 && marks.at(-1)!.value <= value) marks.pop();
    // What is left of this round is more, and holds as long.
    if (marks.at(-1)?.round === round) return;
    marks.push({ round, value });
    while (marks[0]!.round < round - MARK_ROUNDS) marks.shift();
  }
}

/**
 * A rate-based controller in the manner of BBR: it measures what arrives instead of counting what gets lost.
 *
 * On a radio link a third of the packets may vanish without any queue being full; halving for each would stop the flow.
 * So the rate follows the best delivery rate of ten rounds, and while the round trip shows no queue, what random loss
 * takes away is sent on top (at most 1/0.6). When a queue grows together with loss, that is congestion: no
 * compensation, and a window of one bandwidth-delay product and what the link delivers at once.
 */
class RateController implements CongestionController {
  windowBytes = INITIAL_WINDOW_BYTES;
  pacingRate = Infinity;
  #mode: "startup" | "drain" | "cruise" = "startup";
  #rate = new RecentMost();
  #burst = new RecentMost();
  #burstSinceMs = 0;
  #burstBytes = 0;
  #round = 0;
  #fullRate = 0;
  #fullCount = 0;
  #cycleAt = 2;
  #cycleSinceMs = 0;

  onAck(sample: AckSample): void {
    if (sample.isRoundStart) this.#round++;
    if (sample.deliveryRate > 0 && (!sample.isAppLimited || sample.deliveryRate > this.#rate.value)) {
      this.#rate.add(sample.deliveryRate, this.#round);
    }
    const best = this.#rate.value;
    if (best === 0) return;
    if (!sample.isAppLimited) this.#noteBurst(sample, best);
    const minRttMs = Math.max(1, sample.minRttMs);
    const productBytes = best * minRttMs;
    this.#changeMode(sample, best, minRttMs, productBytes);
    const hasQueue = sample.smoothedRttMs > QUEUE_RATIO * minRttMs + QUEUE_SLACK_MS;
    const boost = hasQueue ? 1 : 1 / (1 - Math.min(sample.lossRate, MAX_COMPENSATED_LOSS));
    // A sample that spans a silence says next to nothing: pacing by it would turn one outage into the next.
    const floorBytes = this.#mode === "startup" ? INITIAL_WINDOW_BYTES : MIN_RATE_WINDOW_BYTES;
    const floorRate = floorBytes / Math.max(1, sample.smoothedRttMs);
    this.pacingRate = Math.max(best * this.#gain * boost, floorRate);
    const isCongested = hasQueue && sample.lossRate > CONGESTION_LOSS;
    const boostedBytes = boost * productBytes;
    const cruiseBytes = Math.max(WINDOW_GAIN * boostedBytes, boostedBytes + this.#burst.value);
    this.#resize(sample, isCongested ? boostedBytes + this.#burst.value : cruiseBytes, boostedBytes);
  }

  onLost(): void {
    // The delivery rate tells; see above.
  }

  onReset(): void {
    this.#mode = "startup";
    this.#rate = new RecentMost();
    this.#burst = new RecentMost();
    this.#fullRate = 0;
    this.#fullCount = 0;
    this.windowBytes = INITIAL_WINDOW_BYTES;
    this.pacingRate = Infinity;
  }

  get #gain(): number {
    if (this.#mode === "startup") return STARTUP_GAIN;
    return this.#mode === "drain" ? DRAIN_GAIN : (CYCLE[this.#cycleAt] as number);
  }

  /**
   * Some links deliver for a moment and then not: the shortest round trip says little of how much must be under way there.
   * What is acknowledged at once beyond the rate is (BBR's extra_acked).
   */
  #noteBurst({ nowMs, ackedBytes }: AckSample, best: number): void {
    let expectedBytes = best * (nowMs - this.#burstSinceMs);
    if (this.#burstBytes <= expectedBytes) {
      this.#burstBytes = 0;
      this.#burstSinceMs = nowMs;
      expectedBytes = 0;
    }
    this.#burstBytes += ackedBytes;
    this.#burst.add(Math.min(this.#burstBytes - expectedBytes, this.windowBytes), this.#round);
  }

  #changeMode(sample: AckSample, best: number, minRttMs: number, productBytes: number): void {
    if (this.#mode === "startup" && sample.isRoundStart && !sample.isAppLimited) {
      if (best >= this.#fullRate * FULL_GROWTH) {
        this.#fullRate = best;
        this.#fullCount = 0;
      } else if (++this.#fullCount >= FULL_ROUNDS) {
        this.#mode = "drain";
      }
    }
    if (this.#mode === "drain" && sample.inFlightBytes <= productBytes) {
      this.#mode = "cruise";
      this.#cycleSinceMs = sample.nowMs;
    }
    if (this.#mode === "cruise" && sample.nowMs - this.#cycleSinceMs > minRttMs) {
      this.#cycleAt = (this.#cycleAt + 1) % CYCLE.length;
      this.#cycleSinceMs = sample.nowMs;
    }
  }

  #resize(sample: AckSample, cruiseBytes: number, boostedProductBytes: number): void {
    const grown = this.windowBytes + sample.ackedBytes;
    if (this.#mode === "startup") {
      const targetBytes = STARTUP_GAIN * boostedProductBytes + SPARE_BYTES;
      this.windowBytes = Math.max(this.windowBytes, Math.min(targetBytes, grown));
      return;
    }
    this.windowBytes = Math.max(MIN_RATE_WINDOW_BYTES, Math.min(cruiseBytes + SPARE_BYTES, grown));
    if (sample.isAppLimited) this.windowBytes = Math.max(this.windowBytes, INITIAL_WINDOW_BYTES);
  }
}

/** Creates the controller that sessions use unless they are given another. */
export function createRateController(): CongestionController {
  return new RateController();
}
