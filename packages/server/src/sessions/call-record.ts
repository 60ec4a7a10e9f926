import { MAX_DATA_BYTES, Refusal, type Reply } from "@palaver/plugin-api";
import {
  cleanText,
  encodeRequestStream,
  fittingLength,
  MAX_TEXT_BYTES,
  type ReplyMessage,
} from "@palaver/protocol";
import type { Sink } from "../peers/peer.ts";
import { wireCodeOf } from "./wire-code.ts";
import type { StreamWriter } from "./stream-writer.ts";

/** What a call answered is kept up to this much, so that a retry reads it again. */
export const maxKeptBytes = 64 * 1024;

/** One call of a session's user, from its request to 300 s after its end: retries attach to it and read along. */
export class CallRecord implements Sink {
  readonly calls: Set<AbortController> = new Set();
  /** Set when the call has ended, by the owner's clock. */
  endedAtMs: number | undefined;
  readonly #now: () => number;
  readonly #onEnd: () => void;
  readonly #followers = new Set<StreamWriter>();
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #status: number | undefined;
  #isComplete = true;
  /** The last one that the answer carried, until a reader has acknowledged that. */
  #receipt: string | undefined;
  #abandonedAtMs: number | undefined;

  /** @param onEnd is called once, when `endedAtMs` is set. */
  constructor(now: () => number, onEnd: () => void) {
    this.#now = now;
    this.#onEnd = onEnd;
  }

  /** What a retry could read. */
  get keptBytes(): number {
    return this.#isComplete ? this.#keptBytes : 0;
  }

  /** Whether a retry could still read the whole answer. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** What to tell the plugin, once, when a reader has all of an answer that ended well. */
  get receipt(): string | undefined {
    return this.endedAtMs === undefined ? undefined : this.#receipt;
  }

  /** A reader has all of the answer. @returns the receipt, the first time. */
  takeReceipt(): string | undefined {
    const { receipt } = this;
    this.#receipt = undefined;
    return receipt;
  }

  /** Reads the answer from its start, as far as it goes and on; for one that is complete. */
  follow(writer: StreamWriter): void {
    this.#abandonedAtMs = undefined;
    for (const record of this.#kept) writer.write(record);
    if (this.endedAtMs === undefined) this.#followers.add(writer);
    else writer.finish();
  }

  /** Nobody reads along on this stream any more; the call ends when nobody is left. */
  unfollow(writer: StreamWriter): void {
    if (this.#followers.delete(writer) && this.#followers.size === 0) this.abort();
  }

  /** The reader's session is over. Whoever asks again may attach; `abandonedAtMs` tells since when nobody did. */
  abandon(writer: StreamWriter): void {
    if (!this.#followers.delete(writer) || this.#followers.size > 0) return;
    this.#abandonedAtMs = this.#now();
    // Nobody can read the answer from its start any more: to go on would be work for nobody.
    if (!this.#isComplete) this.abort();
  }

  /** Since when nobody reads what the call answers; undefined while somebody does. */
  get abandonedAtMs(): number | undefined {
    return this.#abandonedAtMs;
  }

  abort(): void {
    for (const call of this.calls) call.abort();
  }

  reply(reply: Reply): void | Promise<void> {
    if (typeof reply === "string") {
      this.#sayText(reply);
    } else if ("stream" in reply) {
      this.#add({ type: reply.stream === "stdout" ? "out" : "err", bytes: reply.bytes });
    } else {
      if (reply.receipt !== undefined) this.#receipt = reply.receipt;
      if (reply.status !== undefined) this.#status = checkedStatus(reply.status);
      if (reply.text !== "") this.#sayText(reply.text);
      if (reply.data !== undefined) this.#sayData(reply.data);
    }
    return this.#whenReady();
  }

  end(refusal?: { readonly code: string; readonly message: string }): void {
    if (refusal) {
      // What broke off is not the answer that the plugin meant.
      this.#receipt = undefined;
      this.#add({
        type: "end",
        code: wireCodeOf(refusal.code),
        message: cleanText(refusal.message).slice(0, 250),
      });
    } else this.#add({ type: "end", status: this.#status });
    this.endedAtMs = this.#now();
    for (const writer of this.#followers) writer.finish();
    this.#followers.clear();
    this.#onEnd();
  }

  #sayText(text: string): void {
    let rest = cleanText(text, { newlines: true });
    do {
      const length = fittingLength(rest, MAX_TEXT_BYTES);
      this.#add({ type: "text", text: rest.slice(0, length).replace(/\n$/, "") });
      rest = rest.slice(length);
    } while (rest !== "");
  }

  #sayData(data: unknown): void {
    const size = Buffer.byteLength(JSON.stringify(data) ?? "null");
    // No fault of the plugin's, which would be switched off in the end: how much there is to tell may be up to its users.
    if (size > MAX_DATA_BYTES)
      throw new Refusal(
        `The answer's data has ${size} bytes, more than the ${MAX_DATA_BYTES} of an answer; ask for less.`,
        "TOO_LARGE",
      );
    this.#add({ type: "data", data });
  }

  #add(message: ReplyMessage): void {
    const record = encodeRequestStream(message);
    const isOnly =
      !this.#isComplete && this.#followers.size === 1 && record.length === record.buffer.byteLength;
    for (const writer of this.#followers) writer.write(record, isOnly ? "given" : "shared");
    if (!this.#isComplete) return;
    this.#keptBytes += record.length;
    if (this.#keptBytes <= maxKeptBytes) {
      this.#kept.push(record);
    } else {
      this.#isComplete = false;
      this.#kept = [];
    }
  }

  /** A slow reader slows the call down; one that is gone does not. */
  #whenReady(): void | Promise<void> {
    const waiting = [...this.#followers].filter((writer) => !writer.isReady);
    if (waiting.length === 0) return;
    return Promise.race([...waiting.map(readiness), this.#ended()]);
  }

  /** Resolves when the call is aborted, so that nobody waits for a reader that will not come back. */
  #ended(): Promise<void> {
    const [call] = this.calls;
    if (!call) return Promise.resolve();
    return new Promise((resolve) => call.signal.addEventListener("abort", () => resolve(), { once: true }));
  }
}

export const expired = "The outcome of this request is unknown; it was not run again.";

export function endWith(writer: StreamWriter, code: "EXPIRED" | "BUSY" | "PROTOCOL", message: string): void {
  writer.write(encodeRequestStream({ type: "end", code, message }));
  writer.finish();
}

/** What the wire holds; refused here, where the call can still end as the plugin's failure. */
function checkedStatus(status: number): number {
  if (!Number.isSafeInteger(status) || status < 0) throw new TypeError(`a reply's status is ${status}`);
  return status;
}

function readiness(writer: StreamWriter): Promise<void> {
  return new Promise((resolve) => writer.whenReady(resolve));
}
