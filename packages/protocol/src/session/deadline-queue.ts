/** What the queue needs to know of an entry: where it is, and when it wants to be called. */
export interface Deadlined {
  queueIndex: number;
  queuedDeadlineMs: number;
}

/** A binary heap of deadlines with its positions in the entries: O(log n) to move one, nothing to cancel. */
export class DeadlineQueue<T extends Deadlined> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The entry that is due first. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  /** Puts an entry where its deadline belongs; Infinity takes it out. */
  set(entry: T, deadlineMs: number): void {
    if (deadlineMs === Infinity) {
      this.remove(entry);
      return;
    }
    entry.queuedDeadlineMs = deadlineMs;
    if (entry.queueIndex < 0) {
      entry.queueIndex = this.#heap.length;
      this.#heap.push(entry);
    }
    this.#rise(entry);
    this.#sink(entry);
  }

  remove(entry: T): void {
    const at = entry.queueIndex;
    if (at < 0) return;
    const last = this.#heap.pop() as T;
    entry.queueIndex = -1;
    entry.queuedDeadlineMs = Infinity;
    if (last === entry) return;
    this.#heap[at] = last;
    last.queueIndex = at;
    this.#rise(last);
    this.#sink(last);
  }

  #place(entry: T, at: number): void {
    this.#heap[at] = entry;
    entry.queueIndex = at;
  }

  #rise(entry: T): void {
    let at = entry.queueIndex;
    while (at > 0) {
      const parentAt = (at - 1) >>> 1;
      const parent = this.#heap[parentAt] as T;
      if (parent.queuedDeadlineMs <= entry.queuedDeadlineMs) break;
      this.#place(parent, at);
      at = parentAt;
    }
    this.#place(entry, at);
  }

  #sink(entry: T): void {
    let at = entry.queueIndex;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = this.#heap[childAt];
      const right = this.#heap[childAt + 1];
      if (!child) break;
      if (right && right.queuedDeadlineMs < child.queuedDeadlineMs) {
        child = right;
        childAt++;
      }
      if (child.queuedDeadlineMs >= entry.queuedDeadlineMs) break;
      this.#place(child, at);
      at = childAt;
    }
    this.#place(entry, at);
  }
}
