import { encodeRequestStream, type ErrorCode, MESSAGE_ID_BYTES } from "@palaver/protocol";
import type { HubError, Run, RunOptions } from "../connection.ts";
import { problem, refusal, toHubError } from "../hub-error.ts";
import type { Wire } from "../uplink/wire.ts";
import { MAX_OPEN_CALLS, MAX_WAITING_CALLS } from "./bounds.ts";
import { createMessageId } from "../message-id.ts";
import { Call } from "./call.ts";

/** The commands under way: each asked once in every session until it has ended, always under the same id. */
export class Calls {
  /** Unfinished, in the order they were asked for. */
  readonly #calls = new Set<Call>();
  readonly #byStream = new Map<number, Call>();
  /** Those that wait for room on their stream. */
  readonly #senders = new Map<number, () => void>();
  #wire: Wire | undefined;
  /** Why there are no more. */
  #closed: HubError | undefined;

  run(command: string, argv: readonly string[], { signal, ...options }: RunOptions): Run {
    let call: Call;
    try {
      call = new Call(createMessageId(), command, argv, options);
    } catch (error) {
      return failed(toHubError(error));
    }
    if (this.#closed) return endedWith(call, this.#closed);
    if (signal?.aborted) return endedWith(call, signal.reason);
    if (this.#calls.size >= MAX_OPEN_CALLS + MAX_WAITING_CALLS)
      return endedWith(call, problem("BUSY", "tooManyCalls", this.#calls.size));
    this.#calls.add(call);
    const abort = () => this.#giveUp(call, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    call.status.then(
      () => signal?.removeEventListener("abort", abort),
      () => signal?.removeEventListener("abort", abort),
    );
    this.pump();
    return call;
  }

  /** A new session stands: everything unfinished is asked again. */
  attach(wire: Wire): void {
    this.detach();
    this.#wire = wire;
    this.pump();
  }

  detach(): void {
    this.#wire = undefined;
    this.#byStream.clear();
    for (const call of this.#calls) {
      if (call.isOnce && call.streamId !== undefined) {
        this.#calls.delete(call);
        call.end(problem("LOST", "lost"));
      }
      call.detach();
    }
    this.#wakeSenders(() => true);
  }

  close(error: HubError): void {
    this.#closed = error;
    this.detach();
    for (const call of this.#calls) call.end(error);
    this.#calls.clear();
  }

  /** Asks for as many as may run at once. */
  pump(): void {
    const wire = this.#wire;
    if (!wire) return;
    this.#wakeSenders((stream) => !wire.isBlocked(stream));
    for (const call of this.#calls) {
      if (this.#byStream.size >= MAX_OPEN_CALLS) return;
      if (call.streamId !== undefined) continue;
      const stream = wire.openRequest();
      if (stream === undefined) return;
      call.attach(stream, (bytes) => wire.consume(stream, bytes));
      this.#byStream.set(stream, call);
      wire.write(stream, call.request);
      if (call.stream) void this.#send(call, call.stream, wire, stream);
      else wire.finish(stream);
    }
  }

  onData(stream: number, bytes: Uint8Array): void {
    const call = this.#byStream.get(stream);
    if (!call) {
      this.#wire?.consume(stream, bytes.length);
      return;
    }
    call.onData(bytes);
    if (!call.isEnded) return;
    this.#calls.delete(call);
    this.#wakeSenders((one) => one === stream);
  }

  onEnd(stream: number, code: ErrorCode | undefined): void {
    const call = this.#byStream.get(stream);
    this.#byStream.delete(stream);
    if (!call) return;
    call.end(code === undefined ? problem("PROTOCOL", "answerBrokeOff") : refusal(code, undefined));
    this.#calls.delete(call);
  }

  #giveUp(call: Call, reason: unknown): void {
    if (!this.#calls.delete(call)) return;
    const { streamId: stream } = call;
    call.end(reason);
    if (stream === undefined) return;
    this.#byStream.delete(stream);
    this.#wire?.reset(stream);
    this.#wakeSenders((one) => one === stream);
  }

  /** Sends what belongs behind a request, while its command wants it; a reader that is slow holds the source up. */
  async #send(call: Call, pieces: AsyncIterable<Uint8Array>, wire: Wire, stream: number): Promise<void> {
    const isOver = () => call.isEnded || this.#wire !== wire;
    let isLeft = false;
    const leave = () => {
      if (isLeft || this.#wire !== wire) return;
      isLeft = true;
      // The answer came before all was said: nobody reads the rest.
      if (call.isEnded) wire.reset(stream);
      else wire.finish(stream);
    };
    // A source that has nothing to say for long does not keep the stream of a command that has ended.
    call.status.then(leave, leave);
    try {
      for await (const bytes of pieces) {
        if (isOver()) break;
        wire.write(stream, encodeRequestStream({ type: "in", bytes }), "given");
        if (wire.isBlocked(stream)) await new Promise<void>((resolve) => this.#senders.set(stream, resolve));
        if (isOver()) break;
      }
    } catch (error) {
      this.#giveUp(call, error);
    }
    leave();
  }

  #wakeSenders(isReady: (stream: number) => boolean): void {
    for (const [stream, wake] of this.#senders) {
      if (!isReady(stream)) continue;
      this.#senders.delete(stream);
      wake();
    }
  }
}

function endedWith(call: Call, reason: unknown): Run {
  call.end(reason);
  return call;
}

function failed(error: HubError): Run {
  const call = new Call(new Uint8Array(MESSAGE_ID_BYTES), "", []);
  call.end(error);
  return call;
}
