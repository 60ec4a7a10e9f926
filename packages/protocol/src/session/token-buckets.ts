interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Rate limits by key, with time as an argument. */
export interface TokenBuckets {
  /** Takes a token of `key`; false when there is none. */
  tryTake(key: string, nowMs: number): boolean;
  readonly size: number;
}

/**
 * Creates buckets of `burst` tokens that refill at `perSecond`.
 *
 * At most `maxKeys` are kept, the longest unused is forgotten first: who can fill the table with addresses gains one
 * fresh bucket each, which the caller's total limit must bound.
 */
export function createTokenBuckets(options: {
  perSecond: number;
  burst: number;
  maxKeys: number;
}): TokenBuckets {
  const { perSecond, burst, maxKeys } = options;
  const buckets = new Map<string, Bucket>();
  return {
    get size() {
      return buckets.size;
    },
    tryTake(key, nowMs) {
      const bucket = buckets.get(key) ?? { tokens: burst, filledAtMs: nowMs };
      // Deleting first keeps the map in the order of use.
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string);
      const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
      bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
      bucket.filledAtMs = nowMs;
      if (bucket.tokens < 1) return false;
      bucket.tokens--;
      return true;
    },
  };
}
