import type { Ownership, Session } from "@palaver/protocol";

// Beside the 256 KiB, and 768 for a quick client, that the session itself takes. Owners hold back when `isReady` is false,
// so only a client that goes on asking and does not read the answers gets here.
const maxWaitingBytes = 256 * 1024;

/** Writes whole records on a stream of a session; what its buffer does not take waits here. */
export class StreamWriter {
  readonly id: number;
  readonly #session: Session;
  readonly #onFinished: (() => void) | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** Of the first that waits; those behind it are shared. */
  #waitingOwnership: Ownership = "shared";
  #onReady: (() => void) | undefined;
  #isFinished = false;
  #writtenBytes = 0;

  /** @param onFinished everything, the end too, is with the session. */
  constructor(session: Session, id: number, onFinished?: () => void) {
    this.#session = session;
    this.id = id;
    this.#onFinished = onFinished;
  }

  /** False while something waits; the owner then holds back until `whenReady`. */
  get isReady(): boolean {
    return this.#waiting.length === 0;
  }

  /** Of all that was written so far, what still waits too. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** @param record is kept, and shared with other sessions that get the same one, unless it is given. */
  write(record: Uint8Array, ownership: Ownership = "shared"): void {
    this.#writtenBytes += record.length;
    if (!this.isReady) return this.#wait(record);
    const accepted = this.#session.write(this.id, record, ownership);
    if (accepted === record.length) return;
    this.#waitingOwnership = ownership;
    this.#wait(record.subarray(accepted));
  }

  finish(): void {
    this.#isFinished = true;
    if (this.isReady) this.#end();
  }

  /** Calls back once, when everything is with the session; at once when it is. */
  whenReady(callback: () => void): void {
    if (this.isReady) callback();
    else this.#onReady = callback;
  }

  /** The session has room again. */
  onWritable(): void {
    while (this.#waiting.length > 0) {
      const [record = new Uint8Array(0)] = this.#waiting;
      const accepted = this.#session.write(this.id, record, this.#waitingOwnership);
      this.#waitingBytes -= accepted;
      if (accepted < record.length) {
        this.#waiting[0] = record.subarray(accepted);
        return;
      }
      this.#waiting.shift();
      this.#waitingOwnership = "shared";
    }
    if (this.#isFinished) this.#end();
    const callback = this.#onReady;
    this.#onReady = undefined;
    callback?.();
  }

  #wait(record: Uint8Array): void {
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
    if (this.#waitingBytes > maxWaitingBytes) this.#session.close("FLOW", "you do not read what you ask for");
  }

  #end(): void {
    this.#session.finish(this.id);
    this.#onFinished?.();
  }
}
