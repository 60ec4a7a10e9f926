/** What is assumed of a path before it is measured: this share is lost, with the weight of so many packets. */
const PRIOR_RATE = 0.05;
const PRIOR_SAMPLES = 20;
/** Once this many packets are judged the average moves. */
const MAX_SAMPLES = 64;

/**
 * The share of our packets that get lost, 0 to 1.
 *
 * It starts at 5 %, so that the first words on a bad path are not the unlucky ones; some thirty packets without a loss
 * bring it below the 2 % at which nothing is sent twice. Then it is a moving average over 64 packets.
 */
export class LossRate {
  rate = PRIOR_RATE;
  #samples = PRIOR_SAMPLES;
  #judged = 0;
  #lost = 0;

  /** The share that was lost so far, without any assumption; for people to read. */
  get measured(): number {
    return this.#judged === 0 ? 0 : this.#lost / this.#judged;
  }

  update(isLost: boolean): void {
    this.#judged++;
    if (isLost) this.#lost++;
    if (this.#samples < MAX_SAMPLES) this.#samples++;
    this.rate += ((isLost ? 1 : 0) - this.rate) / this.#samples;
  }

  /** A packet that was called lost was acknowledged after all. */
  correct(): void {
    this.#lost--;
    this.rate = Math.max(0, this.rate - 1 / this.#samples);
  }
}
