import { CONTROL_STREAM_ID } from "./stream-id.ts";
import type { Stream } from "./stream.ts";

/** The streams of a session. An idle one has its control stream alone, and a table for that would cost 180 bytes. */
export class StreamsById {
  #control: Stream | undefined;
  #others: Map<number, Stream> | undefined;

  get(id: number): Stream | undefined {
    return id === CONTROL_STREAM_ID ? this.#control : this.#others?.get(id);
  }

  add(stream: Stream): void {
    const { id } = stream.send;
    if (id === CONTROL_STREAM_ID) this.#control = stream;
    else (this.#others ??= new Map()).set(id, stream);
  }

  /** Forgets a stream; never the control stream, which lasts as long as the session. */
  delete(id: number): void {
    this.#others?.delete(id);
  }

  *[Symbol.iterator](): Iterator<Stream> {
    if (this.#control) yield this.#control;
    if (this.#others) yield* this.#others.values();
  }

  /** Lets go of the table when nothing is in it. */
  sleep(): void {
    if (this.#others?.size === 0) this.#others = undefined;
  }
}
