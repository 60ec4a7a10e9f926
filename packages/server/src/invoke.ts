import { setImmediate as nextTurn } from "node:timers/promises";
import type { Caller, Reply, Result } from "@palaver/plugin-api";
import { checkedReply } from "@palaver/plugin-api/host";
import type { Sink } from "./peers/peer.ts";
import type { Enter } from "./plugin-host/blame.ts";
import { tryReadRefusal } from "./plugin-host/fault.ts";
import type { Health } from "./plugin-host/health.ts";

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

/** Whose handler it is. */
export interface Responsible {
  readonly name: string;
  readonly enter: Enter;
  readonly health: Pick<Health, "fault" | "called">;
}

/** How long a handler may go on after its signal aborted; what cleans up needs a moment, what ignores it none. */
export const abortGraceMs = 5000;
// A generator that never waits would keep timers and sockets from their turn.
const repliesPerTurn = 4;

/**
 * Runs one call: the one place for its time limit, its abort signal, its replies and its faults. The sink's `end` is
 * called exactly once. A handler that answers at once costs neither a timer nor a promise. What the plugin did wrong
 * goes to its health; the caller gets a sentence without it.
 */
export function invoke({ name, enter, health }: Responsible, handler: Handler, invocation: Invocation): void {
  const { sink, caller, input, calls, timeoutMs } = invocation;
  const startedAtMs = performance.now();
  const theirs = new AbortController();
  let ours: AbortController | undefined;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (refusal?: { readonly code: string; readonly message: string }) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    if (ours) calls.delete(ours);
    health.called(performance.now() - startedAtMs);
    sink.end(refusal);
  };
  const fail = (error: unknown) => {
    if (ended) return;
    const refusal = tryReadRefusal(error);
    if (refusal) return end(refusal);
    // First the answer: the fault may switch the plugin off, which ends its calls.
    end({ code: "PLUGIN", message: `${name} failed; the hub's log says why.` });
    health.fault(error, "in a call");
  };

  // What is no text may run code of the plugin's when it is read.
  const checked = (value: unknown) =>
    typeof value === "string" ? checkedReply(value) : enter(checkedReply, value);
  let pending: Promise<void | Reply> | AsyncIterable<Reply>;
  let iterator: AsyncIterator<Reply> | undefined;
  try {
    const result = enter(handler, { ...input, caller, signal: theirs.signal });
    if (!isPending(result)) {
      if (result !== undefined) void sink.reply(checked(result));
      return end();
    }
    pending = result;
    if (Symbol.asyncIterator in pending)
      iterator = enter(() => (pending as AsyncIterable<Reply>)[Symbol.asyncIterator]());
  } catch (error) {
    return fail(error);
  }

  const controller = new AbortController();
  ours = controller;
  calls.add(controller);
  let settled = false;
  timer = setTimeout(() => {
    end({ code: "TIMEOUT", message: `No answer within ${timeoutMs / 1000} s; the call was ended.` });
    controller.abort(new DOMException("the call's time limit", "TimeoutError"));
  }, timeoutMs);
  controller.signal.addEventListener("abort", () => {
    end({ code: "TIMEOUT", message: "The call was ended." });
    // The plugin's listeners run in its own context: one that throws is the plugin's fault, not the hub's.
    enter(() => theirs.abort(controller.signal.reason));
    stop(iterator, enter);
    setTimeout(() => {
      if (!settled)
        health.fault(new Error(`ignored its abort signal for ${abortGraceMs / 1000} s`), "in a call");
    }, abortGraceMs).unref();
  });

  const drive = async () => {
    if (!iterator) {
      // What is thenable and no promise has its `then` called later, which is the plugin's code as well.
      const reply = await enter(() => Promise.resolve(pending as Promise<void | Reply>));
      if (reply !== undefined && !ended) await sink.reply(checked(reply));
      return;
    }
    const next = () => Promise.resolve(iterator.next());
    for (let replies = 1; ; replies++) {
      const { done, value } = await enter(next);
      if (done === true || ended) return;
      await sink.reply(checked(value));
      if (replies % repliesPerTurn === 0) await nextTurn();
    }
  };
  drive()
    .then(() => end(), fail)
    .finally(() => (settled = true));
}

/** A generator that is stuck in an await never comes back from `return`, so nobody waits for it. */
function stop(iterator: AsyncIterator<Reply> | undefined, enter: Enter): void {
  if (!iterator?.return) return;
  try {
    Promise.resolve(enter(() => iterator.return?.())).catch(() => {});
  } catch {
    // It was ended already; how is not worth a word.
  }
}

function isPending(result: Result): result is Promise<void | Reply> | AsyncIterable<Reply> {
  return typeof result === "object" && ("then" in result || Symbol.asyncIterator in result);
}
