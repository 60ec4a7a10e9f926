/**
 * A bounded table of what was used last, in two generations: when the young one is full it becomes the old one, whose
 * unused entries then go. Keeping the order of use instead costs a deletion at each look-up.
 */
export class Recent<K, V> {
  readonly #maxEntries: number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** @param maxEntries of both generations together. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#maxEntries / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
