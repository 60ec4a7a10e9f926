import { performance } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Caller, Reply, Result } from "@palaver/plugin-api";
import { checkedReply } from "@palaver/plugin-api/host";
import type { Sink } from "./peers/peer.ts";
import type { ActiveCalls } from "./plugin-host/active-calls.ts";
import type { Enter } from "./plugin-host/blame.ts";
import { tryReadRefusal } from "./plugin-host/fault.ts";
import type { Health } from "./plugin-host/health.ts";

/** One call on its way to a handler. */
export interface Invocation {
  readonly caller: Caller;
  readonly sink: Sink;
  readonly timeoutMs: number;
  /** When its message came in, on the clock of `performance.now`: a look at the clock less. */
  readonly startedAtMs: number;
  /** What the handler gets beside the caller and the signal. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Those of the caller. */
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
  /** Those of the plugin. */
  readonly calls: Pick<ActiveCalls, "and">;
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
export function invoke(responsible: Responsible, handler: Handler, invocation: Invocation): void {
  const { enter, health } = responsible;
  const { sink, caller, input, startedAtMs } = invocation;
  const theirs = new AbortController();
  let outcome: Pending | Reply | undefined;
  try {
    outcome = enter(outcomeOf, handler, { ...input, caller, signal: theirs.signal });
    if (outcome !== undefined && !(outcome instanceof Pending)) void sink.reply(outcome);
  } catch (error) {
    health.called(performance.now() - startedAtMs);
    return failed(responsible, error, (refusal) => sink.end(refusal));
  }
  if (outcome instanceof Pending) return follow(responsible, invocation, theirs, outcome);
  health.called(performance.now() - startedAtMs);
  sink.end();
}

/** Goes on with a call that was not answered at once. */
function follow(
  responsible: Responsible,
  { sink, timeoutMs, startedAtMs, calls: ofCaller }: Invocation,
  theirs: AbortController,
  { result: pending, iterator }: Pending,
): void {
  const { enter, health } = responsible;
  const controller = new AbortController();
  const calls = responsible.calls.and(ofCaller);
  let ended = false;
  let settled = false;
  const end = (refusal?: Ending) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    calls.delete(controller);
    health.called(performance.now() - startedAtMs);
    sink.end(refusal);
  };
  const fail = (error: unknown) => {
    if (!ended) failed(responsible, error, end);
  };
  // What is no text may run code of the plugin's when it is read.
  const checked = (value: unknown) =>
    typeof value === "string" ? checkedReply(value) : enter(checkedReply, value);

  calls.add(controller);
  const timer = setTimeout(() => {
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
      const reply = await enter(() => Promise.resolve(pending));
      if (reply !== undefined && !ended) await sink.reply(checked(reply));
      return;
    }
    const next = () => Promise.resolve(iterator.next());
    for (let replies = 1; ; replies++) {
      const { done, value } = enter(partsOf, await enter(next));
      if (done === true || ended) return;
      await sink.reply(checked(value));
      if (replies % repliesPerTurn === 0) await nextTurn();
    }
  };
  drive()
    .then(() => end(), fail)
    .finally(() => (settled = true));
}

/** First the answer: the fault may switch the plugin off, which ends its calls. */
function failed({ name, health }: Responsible, error: unknown, end: (refusal: Ending) => void): void {
  const refusal = tryReadRefusal(error);
  if (refusal) return end(refusal);
  end({ code: "PLUGIN", message: `${name} failed; the hub's log says why.` });
  health.fault(error, "in a call");
}

/** Why a call ended without an answer. */
interface Ending {
  readonly code: string;
  readonly message: string;
}

/** A generator that is stuck in an await never comes back from `return`, so nobody waits for it. */
function stop(iterator: AsyncIterator<Reply> | undefined, enter: Enter): void {
  if (!iterator) return;
  try {
    enter(() => Promise.resolve(iterator.return?.())).catch(() => {});
  } catch {
    // It was ended already; how is not worth a word.
  }
}

/** Reads what an iterator gave, which may have getters. @throws {TypeError} */
function partsOf({ done, value }: IteratorResult<Reply, unknown>) {
  return { done, value };
}

/** What a handler has not answered yet. */
class Pending {
  readonly result: Promise<void | Reply>;
  readonly iterator: AsyncIterator<Reply> | undefined;

  constructor(result: Promise<void | Reply>, iterator: AsyncIterator<Reply> | undefined) {
    this.result = result;
    this.iterator = iterator;
  }
}

/** Runs a handler and reads what it gave back, which is the plugin's code as well. @throws {TypeError} */
function outcomeOf(handler: Handler, call: Parameters<Handler>[0]): Pending | Reply | undefined {
  const result: Result | null = handler(call);
  if (result === undefined) return undefined;
  if (typeof result === "object" && result !== null && ("then" in result || Symbol.asyncIterator in result)) {
    const iterator = Symbol.asyncIterator in result ? result[Symbol.asyncIterator]() : undefined;
    return new Pending(result as Promise<void | Reply>, iterator);
  }
  return checkedReply(result);
}
