/** Keeps answers, the used ones longer. */
export interface AnswerCache<T> {
  get(key: string): T | undefined;
  set(key: string, answer: T): void;
  clear(): void;
}

// The end of a chain.
const none = -1;
// Who finds texts of one hash gets one cached answer for the other, not a hub that walks a long chain.
const maxChain = 8;

/**
 * When it is full, the oldest answer that was not used since the hand came by last makes room (the clock algorithm:
 * Corbató, A Paging Experiment, 1968), so that a use writes one bit: to keep the order of use instead, by a deletion
 * from a map each time, costs 5 µs.
 *
 * A table of our own, of numbers that lead to places: a `Map` would put each text that anybody asks for into V8's table of
 * unique strings first (12 % of a look-up measured), and one by hashes has twice the memory that the processor waits for.
 */
export function createAnswerCache<T>(maxAnswers: number): AnswerCache<T> {
  const places = new Places(maxAnswers);
  const keys: string[] = [];
  const answers: T[] = [];
  const isUsed = new Uint8Array(maxAnswers);
  let hand = 0;
  const passOn = () => {
    hand = (hand + 1) % maxAnswers;
  };

  const placeOf = (key: string, hash: number): number => {
    let place = places.first(hash);
    while (place !== none && keys[place] !== key) place = places.next(place);
    return place;
  };
  /** Where an answer goes whose hash is that of too many others. */
  const crowdedPlace = (hash: number): number => {
    let place = places.first(hash);
    for (let length = 1; place !== none && length < maxChain; length++) place = places.next(place);
    return place;
  };
  /** The place of the next answer, free or made so. */
  const makeRoom = (): number => {
    if (keys.length < maxAnswers) return keys.length;
    for (; isUsed[hand] === 1; passOn()) isUsed[hand] = 0;
    const place = hand;
    places.remove(place, hashOf(keys[place]!));
    passOn();
    return place;
  };

  return {
    get(key) {
      const place = placeOf(key, hashOf(key));
      if (place === none) return undefined;
      isUsed[place] = 1;
      return answers[place];
    },
    set(key, answer) {
      const hash = hashOf(key);
      let place = placeOf(key, hash);
      if (place === none) place = crowdedPlace(hash);
      if (place === none) {
        place = makeRoom();
        places.add(place, hash);
        isUsed[place] = 0;
      }
      keys[place] = key;
      answers[place] = answer;
    },
    clear() {
      places.clear();
      keys.length = 0;
      answers.length = 0;
      hand = 0;
    },
  };
}

/** Chains of places by the hash of what is there. */
class Places {
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #mask: number;

  /** @param count of places; the chains are a power of two that is at least twice as many. */
  constructor(count: number) {
    const chains = 2 ** Math.ceil(Math.log2(2 * count));
    this.#first = new Int32Array(chains).fill(none);
    this.#next = new Int32Array(count);
    this.#mask = chains - 1;
  }

  first(hash: number): number {
    return this.#first[hash & this.#mask]!;
  }

  next(place: number): number {
    return this.#next[place]!;
  }

  add(place: number, hash: number): void {
    this.#next[place] = this.first(hash);
    this.#first[hash & this.#mask] = place;
  }

  remove(place: number, hash: number): void {
    const next = this.next(place);
    let before = this.first(hash);
    if (before === place) {
      this.#first[hash & this.#mask] = next;
      return;
    }
    while (this.next(before) !== place) before = this.next(before);
    this.#next[before] = next;
  }

  clear(): void {
    this.#first.fill(none);
  }
}

/** FNV-1a (draft-eastlake-fnv, 2) over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  // The low bits alone choose a chain, and those of FNV depend on few of the text's.
  return hash ^ (hash >>> 15);
}
