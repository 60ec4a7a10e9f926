import type { PluginInstance, Reply, Result } from "@palaver/plugin-api";
import {
  checkedReply,
  createEntry,
  parseArguments,
  wordsOf,
  type CommandEntry,
} from "@palaver/plugin-api/host";
import { failureOf } from "./failure.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

interface RunningCall {
  readonly controller: AbortController;
  /** Undefined when the handler threw, or was not found. */
  readonly replies: AsyncIterator<Reply> | undefined;
}

/** The calls under way in this process; as many as the hub lets its peers have. */
export interface WorkerCalls {
  readonly entries: readonly CommandEntry[];
  call(message: Extract<ToWorker, { type: "call" }>): void;
  next(id: number): Promise<void>;
  abort(id: number, reason: string): void;
}

export function createWorkerCalls(
  instance: PluginInstance,
  send: (message: FromWorker) => void,
): WorkerCalls {
  const entries = Object.entries(instance.commands ?? {}).map(([name, command]) =>
    createEntry(name, command),
  );
  const calls = new Map<number, RunningCall>();
  const end = (id: number, thrown?: { readonly error: unknown }) => {
    calls.delete(id);
    send({ type: "end", id, failure: thrown && failureOf(thrown.error) });
  };
  const begin = (
    { command, words, input }: Extract<ToWorker, { type: "call" }>,
    signal: AbortSignal,
  ): Result => {
    if (command === undefined || !words) return instance.text?.({ ...input, signal } as never);
    const entry = entries.find(({ name }) => name === command);
    if (!entry)
      throw new Error(`the file has changed: it has no command ${command} any more; reload the plugin`);
    const args = parseArguments(command, entry.command, entry.usage, words);
    return entry.command.run({ ...input, args, argv: wordsOf(words), signal });
  };
  return {
    entries,
    call(message) {
      const controller = new AbortController();
      try {
        const replies = repliesOf(begin(message, controller.signal));
        calls.set(message.id, { controller, replies });
      } catch (error) {
        end(message.id, { error });
      }
    },
    async next(id) {
      const call = calls.get(id);
      if (!call) return;
      try {
        const next = await call.replies?.next();
        if (!next || next.done === true) return end(id);
        send({ type: "reply", id, value: checkedReply(next.value) });
      } catch (error) {
        end(id, { error });
      }
    },
    abort(id, reason) {
      const call = calls.get(id);
      if (!call) return;
      call.controller.abort(new DOMException(reason, "AbortError"));
      Promise.resolve(call.replies?.return?.()).catch(() => {});
    },
  };
}

function repliesOf(result: Result): AsyncIterator<Reply> {
  if (typeof result === "object" && Symbol.asyncIterator in result) {
    const iterator = result[Symbol.asyncIterator]() as AsyncIterator<Reply> | null | undefined;
    if (typeof iterator !== "object" || iterator === null) throw new TypeError("its iterator is no object");
    return iterator;
  }
  return (async function* () {
    const reply = await result;
    if (reply !== undefined) yield reply;
  })();
}
