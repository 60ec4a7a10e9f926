interface Bucket {
  tokens: number;
  atMs: number;
}

export interface RateLimit {
  readonly perSecond: number;
  /** How many at once after a rest. */
  readonly burst: number;
}

/** Token buckets by key; at most `maxKeys` of them, the one filled first goes when there are more. */
export class RateLimiter {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #maxKeys: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limit: RateLimit, maxKeys = 10_000) {
    this.#perMs = limit.perSecond / 1000;
    this.#burst = limit.burst;
    this.#maxKeys = maxKeys;
  }

  /** Takes `cost` tokens; false, and nothing taken, when there are not that many. */
  take(key: string, now: number, cost = 1): boolean {
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      if (this.#buckets.size >= this.#maxKeys) this.#dropOldest();
      bucket = { tokens: this.#burst, atMs: now };
      this.#buckets.set(key, bucket);
    }
    // A clock that jumps back refills nothing.
    const elapsedMs = Math.max(0, now - bucket.atMs);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + elapsedMs * this.#perMs);
    bucket.atMs = now;
    if (bucket.tokens < cost) return false;
    bucket.tokens -= cost;
    return true;
  }

  /** Lets go of the buckets that are full again: a new one is as good. */
  sweep(now: number): void {
    for (const [key, { tokens, atMs }] of this.#buckets)
      if (tokens + (now - atMs) * this.#perMs >= this.#burst) this.#buckets.delete(key);
  }

  #dropOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
