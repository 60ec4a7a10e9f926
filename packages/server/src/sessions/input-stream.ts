import { Refusal } from "@palaver/plugin-api";

/**
 * What a client sends behind its request, for a command that reads it as it comes. Credit goes back with what is read,
 * so that a command that is slow holds its client up and not the hub's memory: what waits here is at most the stream's
 * credit, 256 KiB, or 768 KiB once it has been quick.
 */
export class InputStream implements AsyncIterable<Uint8Array> {
  readonly #consume: (bytes: number) => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Bytes that came and whose credit was not given back. */
  #heldBytes = 0;
  #state: "open" | "finished" | "broken" | "unread" = "open";
  #wake: (() => void) | undefined;

  /** @param consume gives credit back. */
  constructor(consume: (bytes: number) => void) {
    this.#consume = consume;
  }

  /** A record's content; `arrived` follows with all bytes of the packet. */
  push(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  arrived(bytes: number): void {
    this.#heldBytes += bytes;
    this.#giveCredit();
    this.#tell();
  }

  /** The client has said all. */
  finish(): void {
    this.#end("finished");
  }

  /** The client gave up, or its session is over. */
  break(): void {
    this.#end("broken");
  }

  /** The call has ended: what still comes is dropped. */
  discard(): void {
    this.#state = "unread";
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#giveCredit();
    this.#tell();
  }

  /** @throws {Refusal} TIMEOUT, after the last piece that came, when the client broke off. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const piece = this.#take();
      if (piece) yield piece;
      else if (this.#state === "broken") throw new Refusal("The sender broke off.", "TIMEOUT");
      else if (this.#state !== "open") return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #take(): Uint8Array | undefined {
    const piece = this.#queue.shift();
    if (!piece) return undefined;
    this.#queuedBytes -= piece.length;
    this.#giveCredit();
    return piece;
  }

  #end(state: "finished" | "broken"): void {
    if (this.#state !== "open") return;
    this.#state = state;
    this.#tell();
  }

  #giveCredit(): void {
    const free = this.#heldBytes - this.#queuedBytes;
    if (free <= 0) return;
    this.#heldBytes -= free;
    this.#consume(free);
  }

  #tell(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
