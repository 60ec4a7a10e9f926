/**
 * Receipts that are given back once a stream is acknowledged so far. Each stands behind a record of its own, so what the
 * session and its writer keep for the stream bounds them: hundreds of KiB, and beyond that the session is ended.
 */
export class Receipts {
  readonly #waiting: { readonly receipt: string; readonly endBytes: number }[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @param endBytes how much of the stream comes before and with what the receipt is for; never less than before. */
  add(receipt: string, endBytes: number): void {
    this.#waiting.push({ receipt, endBytes });
  }

  /** Gives out, in order, those of what is in the first `bytes`. */
  take(bytes: number): readonly string[] {
    const end = this.#waiting.findIndex(({ endBytes }) => endBytes > bytes);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end).map(({ receipt }) => receipt);
  }
}
