import { Refusal, type Reply } from "@palaver/plugin-api";
import type { Words } from "@palaver/plugin-api/host";
import { abortGraceMs } from "../../invoke.ts";
import { errorFrom } from "./ask.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** A plugin that does not keep up misses events rather than fill the hub's memory with them. */
export const maxUnheardEvents = 1000;
// What was aborted and never ends is forgotten, long after it counted as a fault.
const forgetMs = 2 * abortGraceMs;

/** The calls and events that are under way to one worker. */
export interface HubCalls {
  readonly size: number;
  /** The call's replies: each is asked for when the one before is taken. */
  call(
    command: string | undefined,
    words: Words | undefined,
    input: Readonly<Record<string, unknown>> & { readonly signal: AbortSignal },
  ): AsyncIterable<Reply>;
  emit(name: string, payload: unknown): void;
  /** False when the message is about none of them. */
  receive(message: FromWorker): boolean;
  /** The worker is gone: everyone who waits is told so. */
  end(): void;
}

/** @param expectAnswer is called when a call's time limit has passed: a loop that hangs must be noticed then. */
export function createHubCalls(
  plugin: string,
  send: (message: ToWorker) => void,
  onFault: (error: unknown, where: string) => void,
  expectAnswer: (whyNot: string) => void,
): HubCalls {
  const waiting = new Map<number, PromiseWithResolvers<IteratorResult<Reply>>>();
  const underWay = new Set<number>();
  let calls = 0;
  let unheard = 0;
  let hasEnded = false;

  const finish = (id: number, settle: (one: PromiseWithResolvers<IteratorResult<Reply>>) => void) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (one) settle(one);
  };
  const gone = () => new Refusal(`${plugin} had to be ended; ask again.`, "BUSY");

  return {
    get size() {
      return underWay.size;
    },
    call(command, words, { signal, ...input }) {
      if (hasEnded || signal.aborted) throw gone();
      const id = ++calls;
      underWay.add(id);
      send({ type: "call", id, command, words, input });
      signal.addEventListener("abort", () => {
        if (hasEnded || !underWay.delete(id)) return;
        const reason = signal.reason as { name?: string; message?: string } | undefined;
        send({ type: "abort", id, reason: reason?.message ?? "" });
        if (reason?.name === "TimeoutError")
          expectAnswer("a call went on past its time limit without a pause");
        setTimeout(() => finish(id, ({ reject }) => reject(gone())), forgetMs).unref();
      });
      return {
        [Symbol.asyncIterator]: () => ({
          next() {
            if (hasEnded) return Promise.reject(gone());
            if (!underWay.has(id)) return Promise.resolve({ done: true, value: undefined });
            const one = Promise.withResolvers<IteratorResult<Reply>>();
            waiting.set(id, one);
            send({ type: "next", id });
            return one.promise;
          },
        }),
      };
    },
    emit(name, payload) {
      if (hasEnded || unheard >= maxUnheardEvents) return;
      unheard++;
      send({ type: "event", name, payload });
    },
    receive(message) {
      switch (message.type) {
        case "reply":
          finish(message.id, ({ resolve }) => resolve({ done: false, value: message.value as Reply }));
          return true;
        case "end": {
          underWay.delete(message.id);
          const { failure } = message;
          finish(message.id, ({ resolve, reject }) =>
            failure ? reject(errorFrom(failure)) : resolve({ done: true, value: undefined }),
          );
          return true;
        }
        case "heard":
          unheard--;
          if (message.failure) onFault(errorFrom(message.failure), "in an event");
          return true;
        default:
          return false;
      }
    },
    end() {
      hasEnded = true;
      underWay.clear();
      for (const { reject } of waiting.values()) reject(gone());
      waiting.clear();
    },
  };
}
