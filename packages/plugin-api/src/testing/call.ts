import { checkedReply, replyText } from "../host/index.ts";
import { Refusal } from "../refusal.ts";
import type { Reply, Result } from "../reply.ts";

// The hub lets a fast reader have as many as there are; a test that gets here looks at a loop without end.
const maxReplies = 10_000;

/** A call under way. Await it for all texts, or take them one by one as they come. */
export interface TestCall extends PromiseLike<readonly string[]>, AsyncIterable<string> {
  /** What the caller read so far; the last text of a refused call is the refusal's. */
  readonly texts: readonly string[];
  /** The replies so far, with their data. */
  readonly replies: readonly Reply[];
  /** Why the call was refused or ended. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
  readonly isOver: boolean;
  /** The next text; undefined after the last. @throws {PluginFault} */
  next(): Promise<string | undefined>;
  /** The caller wants no more: the call's signal aborts. */
  cancel(): void;
}

export interface CallHost {
  /** Runs code of the plugin in the time of the test. */
  inPlugin<T>(code: () => T): T;
  setTimer(callback: () => void, delayMs: number): () => void;
  fault(error: unknown): Error;
  /** A fault that nobody has seen yet, until somebody awaits the call. */
  readonly faults: Set<Error>;
  readonly calls: Set<TestCall>;
  /** The caller has the whole answer, which carried this receipt. */
  received(receipt: string): void;
  /** Somebody waits for the call. @returns what to call when it is over. */
  waiting(): () => void;
}

/**
 * Runs one call as the hub does: a time limit in the time of the test, an abort signal, replies as they come.
 * @param begin checks the call and gives back what runs it; a refusal ends it.
 */
export function startCall(
  host: CallHost,
  timeoutMs: number,
  begin: (signal: AbortSignal) => Result,
): TestCall {
  const controller = new AbortController();
  const replies: Reply[] = [];
  const texts: string[] = [];
  let receipt: string | undefined;
  let taken = 0;
  let isOver = false;
  let refusal: TestCall["refusal"];
  let fault: Error | undefined;
  let wake = Promise.withResolvers<void>();
  let iterator: AsyncIterator<Reply> | undefined;

  const tell = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const take = (value: unknown) => {
    if (isOver) return;
    const reply = checkedReply(value);
    if (replies.length >= maxReplies) throw new RangeError(`it replied ${maxReplies} times and more`);
    if (typeof reply === "object" && "text" in reply) receipt = reply.receipt ?? receipt;
    replies.push(reply);
    texts.push(replyText(reply));
    tell();
  };
  const end = (reason?: TestCall["refusal"]) => {
    if (isOver) return;
    isOver = true;
    refusal = reason;
    if (reason) texts.push(reason.message);
    clearTimer();
    host.calls.delete(call);
    tell();
  };
  const succeed = () => {
    if (!isOver && receipt !== undefined) host.received(receipt);
    end();
  };
  const fail = (error: unknown) => {
    if (isOver) return;
    if (error instanceof Refusal) return end(error);
    fault = host.fault(error);
    host.faults.add(fault);
    end();
  };
  const stop = (message: string) => {
    if (isOver) return;
    end({ code: "TIMEOUT", message });
    controller.abort(new DOMException(message, "AbortError"));
    // A generator that is stuck never comes back from return(), so nobody waits for it.
    iterator?.return?.().then(undefined, () => {});
  };
  const clearTimer = host.setTimer(
    () => stop(`No answer within ${timeoutMs / 1000} s; the call was ended.`),
    timeoutMs,
  );
  const seen = () => {
    if (!fault) return;
    host.faults.delete(fault);
    throw fault;
  };
  const run = async () => {
    const result = begin(controller.signal);
    if (typeof result === "object" && Symbol.asyncIterator in result) {
      iterator = result[Symbol.asyncIterator]();
      for (;;) {
        const step = await iterator.next();
        if (step.done || isOver) return;
        take(step.value);
      }
    }
    const reply = await result;
    if (reply !== undefined) take(reply);
  };
  const next = async () => {
    const done = host.waiting();
    try {
      while (taken >= texts.length && !call.isOver) await wake.promise;
    } finally {
      done();
    }
    if (taken >= texts.length) seen();
    return texts[taken++];
  };
  const all = async () => {
    const done = host.waiting();
    while (!call.isOver) await wake.promise;
    done();
    seen();
    return texts;
  };
  const call: TestCall = {
    texts,
    replies,
    get refusal() {
      return refusal;
    },
    get isOver() {
      return isOver;
    },
    next,
    cancel: () => stop("The call was ended."),
    // oxlint-disable-next-line unicorn/no-thenable -- awaiting a call is what most tests do
    then: (fulfilled, rejected) => all().then(fulfilled, rejected),
    async *[Symbol.asyncIterator]() {
      for (let text = await next(); text !== undefined; text = await next()) yield text;
    },
  };
  host.calls.add(call);
  host.inPlugin(() => void run().then(succeed, fail));
  return call;
}
