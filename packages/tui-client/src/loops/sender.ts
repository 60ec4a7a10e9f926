import { type Connection, HubError } from "@palaver/client";

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

/** Messages that may wait to be stored; one more is refused, so that the writer learns of it while it is still in the draft. */
export const MAX_WAITING = 1000;

export interface SenderEvents {
  onStored(message: Outgoing, seq: number): void;
  onFailed(message: Outgoing, error: unknown): void;
}

/** Hands what is written to the connection; the writer waits for nothing. */
export interface Sender {
  /** How many more it takes in. */
  readonly free: number;
  /** False when too many wait. */
  trySend(message: Outgoing): boolean;
  /** Resolves when it takes in one more. */
  hasRoom(): Promise<void>;
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
}

/**
 * Every message goes to the connection's outbox at once, in order: that one is on disk, and survives our end. What waits
 * there when the connection is closed is sent when the next start enters its room, and has not failed.
 * @param signal takes back what has not left, for somebody who would say it all again
 */
export function createSender(connection: Connection, events: SenderEvents, signal?: AbortSignal): Sender {
  const options = signal === undefined ? {} : { signal };
  const waiting = new Set<Promise<void>>();

  async function send(message: Outgoing): Promise<void> {
    const { room, text, kind, replyTo } = message;
    try {
      const { seq } =
        replyTo === undefined
          ? await connection.say(room, text, { kind, ...options })
          : await connection.reply(room, replyTo, text, options);
      events.onStored(message, seq);
    } catch (error) {
      const isOver = signal?.aborted === true || (error instanceof HubError && error.code === "CLOSED");
      if (!isOver) events.onFailed(message, error);
    }
  }

  return {
    get free() {
      return MAX_WAITING - waiting.size;
    },
    trySend(message) {
      if (waiting.size >= MAX_WAITING) return false;
      const sent = send(message).finally(() => waiting.delete(sent));
      waiting.add(sent);
      return true;
    },
    async hasRoom() {
      while (waiting.size >= MAX_WAITING) await Promise.race(waiting);
    },
    async settled() {
      while (waiting.size > 0) await Promise.all(waiting);
    },
  };
}
