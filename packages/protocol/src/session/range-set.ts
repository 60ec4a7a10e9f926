/**
 * A set of whole numbers kept as ascending half-open ranges in one flat array: `[lo, hi, lo, hi, …]`.
 *
 * Packet numbers and stream offsets mostly grow, so work is at the end; the owner bounds the number of ranges.
 */
export class RangeSet {
  #edges: number[] = [];

  /** Number of separate ranges. */
  get count(): number {
    return this.#edges.length / 2;
  }

  get isEmpty(): boolean {
    return this.#edges.length === 0;
  }

  /** Index of the first range whose end is beyond `value`, as a position in the flat array. */
  #find(value: number): number {
    const edges = this.#edges;
    let low = 0;
    let high = edges.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((edges[2 * middle + 1] as number) > value) high = middle;
      else low = middle + 1;
    }
    return 2 * low;
  }

  has(value: number): boolean {
    const lo = this.#edges[this.#find(value)];
    return lo !== undefined && lo <= value;
  }

  /** Whether every number of [lo, hi) is in the set. */
  covers(lo: number, hi: number): boolean {
    if (lo >= hi) return true;
    const at = this.#find(lo);
    const start = this.#edges[at];
    return start !== undefined && start <= lo && (this.#edges[at + 1] as number) >= hi;
  }

  add(lo: number, hi: number): void {
    if (lo >= hi) return;
    const edges = this.#edges;
    const last = edges.length - 1;
    // An array that grows has room for 17 at once; one range is all that most of ten thousand sessions ever have.
    if (last < 0) {
      this.#edges = [lo, hi];
      return;
    }
    if (edges[last] === lo) {
      edges[last] = hi;
      return;
    }
    // Ranges that touch [lo, hi) merge with it, also those that merely meet its ends.
    const at = this.#find(lo - 1);
    let end = at;
    while (end < edges.length && (edges[end] as number) <= hi) {
      lo = Math.min(lo, edges[end] as number);
      hi = Math.max(hi, edges[end + 1] as number);
      end += 2;
    }
    edges.splice(at, end - at, lo, hi);
  }

  remove(lo: number, hi: number): void {
    if (lo >= hi) return;
    const edges = this.#edges;
    const at = this.#find(lo);
    let end = at;
    const left: number[] = [];
    while (end < edges.length && (edges[end] as number) < hi) {
      const start = edges[end] as number;
      const stop = edges[end + 1] as number;
      if (start < lo) left.push(start, lo);
      if (stop > hi) left.push(hi, stop);
      end += 2;
    }
    if (end > at) edges.splice(at, end - at, ...left);
  }

  /** Start of the range at `index`; a negative index counts from the end. */
  startOf(index: number): number {
    return this.#edges.at(2 * index) as number;
  }

  /** End (exclusive) of the range at `index`; a negative index counts from the end. */
  endOf(index: number): number {
    return this.#edges.at(2 * index + 1) as number;
  }

  clear(): void {
    this.#edges.length = 0;
  }
}
