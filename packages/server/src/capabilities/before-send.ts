// A plugin that asks once a message has far fewer; who goes past this does at once what it asked for.
const maxWaiting = 64;

/** What plugins want done before the hub sends anything of what was said since (`Storage.beforeSend`). */
export class BeforeSend {
  readonly #wake: () => void;
  #waiting: (() => void)[] = [];
  /** Instances that are set up, by their folders. */
  readonly #instances = new Map<string, number>();

  /** @param wake has `settle` called before the hub waits again, where nothing is sent that would. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /**
   * An instance of a plugin comes. One that it replaces keeps no transaction open meanwhile, which the new one would wait for.
   * @returns to be called when it is gone.
   */
  enter(directory: string): () => void {
    this.settle();
    this.#instances.set(directory, (this.#instances.get(directory) ?? 0) + 1);
    return () => {
      const left = (this.#instances.get(directory) ?? 0) - 1;
      if (left > 0) this.#instances.set(directory, left);
      else this.#instances.delete(directory);
    };
  }

  /** @returns false when it is not taken, since another instance has the same folder. */
  add(directory: string, act: () => void): boolean {
    if (this.#instances.get(directory) !== 1 || this.#waiting.length >= maxWaiting) return false;
    if (this.#waiting.push(act) === 1) this.#wake();
    return true;
  }

  /** Call before anything is sent; mostly there is nothing to do. */
  settle(): void {
    while (this.#waiting.length > 0) {
      const acts = this.#waiting;
      this.#waiting = [];
      for (const act of acts) act();
    }
  }
}
