import type { Session } from "@palaver/protocol";
import type { CallRecord } from "./call-record.ts";
import type { StreamWriter } from "./stream-writer.ts";

/**
 * Answers of one session whose plugins want to know when the client has them. Each goes with its stream, when that is
 * acknowledged or given up: the session's limits of streams and of what it sends without an acknowledgement bound them.
 */
export class AnswerReceipts {
  readonly #session: Session;
  /** By stream; made for the first one. */
  #waiting: Map<number, { readonly record: CallRecord; readonly endBytes: number }> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** @param writer has just given the last of the answer to the session. */
  add({ id, writtenBytes }: StreamWriter, record: CallRecord): void {
    (this.#waiting ??= new Map()).set(id, { record, endBytes: writtenBytes });
    this.#session.awaitAck(id, writtenBytes);
  }

  /** The client has the first `bytes` of a stream. @returns the receipt when that is all, and no other stream was quicker. */
  take(stream: number, bytes: number): string | undefined {
    const answer = this.#waiting?.get(stream);
    if (!answer || bytes < answer.endBytes) return undefined;
    this.forget(stream);
    return answer.record.takeReceipt();
  }

  /** The client gave up. */
  forget(stream: number): void {
    if (this.#waiting?.delete(stream) && this.#waiting.size === 0) this.#waiting = undefined;
  }
}
