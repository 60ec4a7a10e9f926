/** Does a little of what waits; true when more could be done at once. */
export type Step = () => boolean;

// Work of all connections together before datagrams, timers and new connections have their turn.
const maxTurnMs = 2;

/**
 * Shares the hub's one thread between connections: each takes one record and goes behind the others, so that nobody
 * waits for all that somebody else sent at once. Holds one step for each connection that has something to do.
 */
export class Turns {
  readonly #waiting = new Set<Step>();
  #isDue = false;

  /** @param step is called until it gives back false; one that waits already is not put in twice. */
  add(step: Step): void {
    this.#waiting.add(step);
    this.#schedule();
  }

  delete(step: Step): void {
    this.#waiting.delete(step);
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#take());
  }

  #take(): void {
    this.#isDue = false;
    const endMs = performance.now() + maxTurnMs;
    // A step that is put in again while the set is gone through comes last.
    for (const step of this.#waiting) {
      this.#waiting.delete(step);
      if (step()) this.#waiting.add(step);
      if (performance.now() >= endMs) break;
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
