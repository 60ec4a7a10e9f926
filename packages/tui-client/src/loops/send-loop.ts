import type { Connection } from "@palaver/client";
import type { Outbox, Outgoing } from "./outbox.ts";

export interface SendLoopEvents {
  onStored(message: Outgoing, seq: number): void;
  onFailed(message: Outgoing, error: unknown): void;
}

/**
 * Sends what the outbox holds, one after the other in order, each once the one before is acknowledged. Runs beside the
 * receive loop: neither waits for the other, and the writer waits for neither.
 */
export async function runSendLoop(
  connection: Connection,
  outbox: Outbox,
  events: SendLoopEvents,
  signal: AbortSignal,
): Promise<void> {
  for await (const message of outbox) {
    const { room, text, kind, replyTo } = message;
    try {
      const { seq } =
        replyTo === undefined
          ? await connection.say(room, text, { kind, signal })
          : await connection.reply(room, replyTo, text, { signal });
      events.onStored(message, seq);
    } catch (error) {
      if (signal.aborted) return;
      events.onFailed(message, error);
    }
  }
}
