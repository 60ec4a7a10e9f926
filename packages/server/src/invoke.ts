import { Refusal, type Caller, type Reply, type Result } from "@palaver/plugin-api";
import { checkedReply } from "@palaver/plugin-api/host";
import type { Sink } from "./peers/peer.ts";

/** One call on its way to a handler. */
export interface Invocation {
  readonly caller: Caller;
  readonly sink: Sink;
  readonly timeoutMs: number;
  /** What the handler gets beside the caller and the signal. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly calls: CallSet;
}

/** Calls under way, held by whoever may end them: the caller that leaves, the plugins that are unloaded. */
export interface CallSet {
  readonly size: number;
  add(call: AbortController): void;
  delete(call: AbortController): void;
}

export type Handler = (call: Readonly<Record<string, unknown>>) => Result;

/**
 * Runs one call: the one place for its time limit, its abort signal, its replies and its faults. The sink's `end` is
 * called exactly once. A handler that answers at once costs neither a timer nor a promise.
 * @param onFault gets what the plugin did wrong; the caller gets a sentence without it.
 */
export function invoke(
  plugin: string,
  handler: Handler,
  invocation: Invocation,
  onFault: (error: unknown) => void,
): void {
  const { sink, caller, input, calls, timeoutMs } = invocation;
  const controller = new AbortController();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (refusal?: { readonly code: string; readonly message: string }) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    calls.delete(controller);
    sink.end(refusal);
  };
  const fail = (error: unknown) => {
    if (ended) return;
    if (error instanceof Refusal) return end(error);
    onFault(error);
    end({ code: "PLUGIN", message: `${plugin} failed; the hub's log says why.` });
  };

  let result: Result;
  try {
    result = handler({ ...input, caller, signal: controller.signal });
    if (!isPending(result)) {
      if (result !== undefined) void sink.reply(checkedReply(result));
      return end();
    }
  } catch (error) {
    return fail(error);
  }

  calls.add(controller);
  const pending = result;
  const iterator = Symbol.asyncIterator in pending ? pending[Symbol.asyncIterator]() : undefined;
  const stop = () => {
    // A generator that is stuck in an await never comes back from return(), so nobody waits for it.
    iterator?.return?.().then(undefined, () => {});
  };
  timer = setTimeout(() => {
    end({ code: "TIMEOUT", message: `No answer within ${timeoutMs / 1000} s; the call was ended.` });
    controller.abort(new DOMException("the call's time limit", "TimeoutError"));
    stop();
  }, timeoutMs);
  controller.signal.addEventListener("abort", () => {
    end({ code: "TIMEOUT", message: "The call was ended." });
    stop();
  });

  const drive = async () => {
    if (!iterator) {
      const reply = await (pending as Promise<void | Reply>);
      if (reply !== undefined && !ended) await sink.reply(checkedReply(reply));
      return;
    }
    for (;;) {
      const next = await iterator.next();
      if (next.done || ended) return;
      await sink.reply(checkedReply(next.value));
    }
  };
  drive().then(() => end(), fail);
}

function isPending(result: Result): result is Promise<void | Reply> | AsyncIterable<Reply> {
  return typeof result === "object" && ("then" in result || Symbol.asyncIterator in result);
}
