/** A message on its way to the hub. */
export interface Outgoing {
  /** Our own number for it, until the hub gives it one. */
  readonly id: number;
  readonly room: string;
  readonly kind: "say" | "me";
  readonly text: string;
  /** The hub's number of the message that it answers. */
  readonly replyTo?: number;
}

/** Messages that may wait to be sent; one more is refused, so that the writer learns of it while it is still in the draft. */
export const MAX_OUTBOX = 1000;

/** The bounded queue between the writer and the send loop. */
export interface Outbox extends AsyncIterable<Outgoing> {
  /** How many more it takes in. */
  readonly free: number;
  /** False when the queue is full. */
  tryPush(message: Outgoing): boolean;
  /** Ends the iteration once what waits has been taken. */
  close(): void;
}

export function createOutbox(): Outbox {
  const waiting: Outgoing[] = [];
  let isClosed = false;
  let wake = Promise.withResolvers<void>();

  return {
    get free() {
      return isClosed ? 0 : MAX_OUTBOX - waiting.length;
    },
    tryPush(message) {
      if (isClosed || waiting.length >= MAX_OUTBOX) return false;
      waiting.push(message);
      wake.resolve();
      return true;
    },
    close() {
      isClosed = true;
      wake.resolve();
    },
    async *[Symbol.asyncIterator]() {
      while (true) {
        const next = waiting.shift();
        if (next !== undefined) {
          yield next;
          continue;
        }
        if (isClosed) return;
        wake = Promise.withResolvers();
        await wake.promise;
      }
    },
  };
}
