import { Refusal, type AnyCommand, type PluginInstance } from "@palaver/plugin-api";
import { createLimiter, type CommandEntry, type Words } from "@palaver/plugin-api/host";
import { leave } from "./blame.ts";
import type { Guard } from "./guard.ts";
import { maxUnheardEvents } from "./worker/hub-calls.ts";
import type { SetUpWorker } from "./worker/launch.ts";
import type { CommandAbility } from "./worker/protocol.ts";
import { createRestarts } from "./worker/restarts.ts";
import type { WorkerProcess } from "./worker/worker-process.ts";

/** The plugin's functions as the hub calls them: each one sends its call into the worker. */
export interface IsolatedPlugin {
  readonly entries: readonly CommandEntry[];
  readonly instance: PluginInstance;
  /** Ends the worker now; it is not started again. */
  terminate(): void;
}

/**
 * Keeps a plugin's worker: one that was ended is started again for the next call or event.
 * @param launch starts another worker and sets the plugin up in it.
 */
export function createIsolatedPlugin(
  first: SetUpWorker,
  launch: () => Promise<SetUpWorker>,
  guard: Guard,
): IsolatedPlugin {
  let { worker } = first;
  let starting: Promise<WorkerProcess> | undefined;
  let isOver = false;
  const untilRestartMs = createRestarts();
  let eventsThatWait = 0;

  const restart = async (): Promise<WorkerProcess> => {
    try {
      ({ worker } = await leave(launch));
      if (isOver) worker.terminate();
      return worker;
    } catch (error) {
      // Once, however many callers wait for it.
      guard.health.fault(error, "when its worker was started again");
      throw new Refusal(`${guard.plugin} could not be started again; the hub's log says why.`, "BUSY");
    } finally {
      starting = undefined;
    }
  };
  const ready = (): WorkerProcess | Promise<WorkerProcess> => {
    if (worker.isAlive) return worker;
    if (isOver) throw new Refusal(`${guard.plugin} was ended.`, "BUSY");
    if (starting) return starting;
    const leftMs = untilRestartMs(performance.now());
    if (leftMs > 0) {
      const seconds = Math.ceil(leftMs / 1000);
      throw new Refusal(`${guard.plugin} had to be ended again; ask in ${seconds} s.`, "BUSY");
    }
    return (starting = restart());
  };

  type Input = Readonly<Record<string, unknown>> & { readonly signal: AbortSignal };
  async function* call(command: string | undefined, words: Words | undefined, input: Input) {
    const alive = ready();
    yield* (alive instanceof Promise ? await orAborted(alive, input.signal) : alive).call(
      command,
      words,
      input,
    );
  }
  const commandOf = ({
    name,
    summary,
    roles,
    timeoutMs,
    rate,
    changes,
    maxInputBytes,
  }: CommandAbility): AnyCommand => ({
    summary,
    ...(roles && { roles }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(rate && { rate }),
    ...(changes !== undefined && { changes }),
    ...(maxInputBytes !== undefined && { maxInputBytes }),
    // The arguments are read where their schemas are.
    run: ({ args, ...input }: Input & { readonly args: Words }) => call(name, args, input),
  });
  const readArguments = (words: Words) => words as unknown as Record<string, unknown>;
  const { commands, text, textTimeoutMs, events } = first.abilities;
  const entries = commands.map((ability) => {
    const command = commandOf(ability);
    return {
      name: ability.name,
      command,
      usage: ability.usage,
      limiter: createLimiter(command),
      readArguments,
    };
  });
  const emit = (event: string) => async (payload: unknown) => {
    if (worker.isAlive) return worker.emit(event, payload);
    if (eventsThatWait >= maxUnheardEvents) return;
    eventsThatWait++;
    try {
      (await ready()).emit(event, payload);
    } catch (error) {
      // Counted already.
      if (!(error instanceof Refusal)) throw error;
    } finally {
      eventsThatWait--;
    }
  };
  return {
    entries,
    instance: {
      ...(text && { text: (input) => call(undefined, undefined, input as unknown as Input) }),
      ...(textTimeoutMs !== undefined && { textTimeoutMs }),
      on: Object.fromEntries(events.map((event) => [event, emit(event)])),
      async [Symbol.asyncDispose]() {
        isOver = true;
        await worker.unload();
      },
    },
    terminate() {
      isOver = true;
      worker.terminate();
    },
  };
}

/** A call that ends while the worker is on its way up is not late: it had no part in it. */
function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
