import type { OutputPiece, RunningProcess } from "@palaver/plugin-api";
import type { SharedCapabilities } from "../capabilities.ts";
import { sharedMethods, type SharedName } from "../shared-methods.ts";

/** Methods by name, of one target that a worker may ask. */
type Target = Readonly<Record<string, (...values: never[]) => unknown>>;

/** What a worker's plugin may ask the hub to do. */
export interface Asks extends Disposable {
  /** @throws what the method throws, and when there is no such method for this plugin. */
  perform(target: string, method: string, values: readonly unknown[]): unknown;
}

/**
 * @param granted the shared capabilities that the operator granted.
 * @param own what the hub itself takes from the worker: its log and its faults.
 */
export function createAsks(
  shared: SharedCapabilities,
  granted: ReadonlySet<string>,
  own: Readonly<Record<string, Target>>,
): Asks {
  const processes = createProcessTable(shared);
  const find = (target: string, method: string): ((...values: never[]) => unknown) | undefined => {
    if (Object.hasOwn(own, target))
      return Object.hasOwn(own[target]!, method) ? own[target]![method] : undefined;
    if (target === "process") return granted.has("processes") ? processes.methods[method] : undefined;
    if (!granted.has(target) || !Object.hasOwn(sharedMethods, target)) return undefined;
    if (!Object.hasOwn(sharedMethods[target as SharedName], method)) return undefined;
    if (target === "processes" && method === "run") return processes.run;
    const capability = shared[target as SharedName] as unknown as Record<string, () => unknown>;
    return capability[method]?.bind(capability);
  };
  return {
    perform(target, method, values) {
      const run = find(target, method);
      if (!run) throw new TypeError(`${target}.${method} is not there for this plugin`);
      return run(...(values as never[]));
    },
    [Symbol.dispose]: () => processes.abortAll(),
  };
}

interface HeldProcess {
  readonly running: RunningProcess;
  readonly output: AsyncIterator<OutputPiece>;
  readonly controller: AbortController;
}

/** The programs that a worker started, by number; those that have ended and were read are forgotten. */
function createProcessTable({ processes }: SharedCapabilities) {
  const held = new Map<number, HeldProcess>();
  let last = 0;
  const find = (id: number): HeldProcess => {
    const one = held.get(id);
    if (!one) throw new Error("that program has ended");
    return one;
  };
  const methods: Target = {
    abort: (id: number) => held.get(id)?.controller.abort(),
    exit: (id: number) => find(id).running.exit,
    next: async (id: number) => {
      const next = await find(id).output.next();
      if (next.done === true) held.delete(id);
      return next;
    },
    return: async (id: number) => {
      const one = held.get(id);
      held.delete(id);
      await one?.output.return?.();
    },
  };
  return {
    methods,
    run(spec: Parameters<typeof processes.run>[0]) {
      const controller = new AbortController();
      const running = processes.run({ ...spec, signal: controller.signal });
      const id = ++last;
      held.set(id, { running, output: running.output[Symbol.asyncIterator](), controller });
      return { id, pid: running.pid };
    },
    abortAll() {
      for (const { controller } of held.values()) controller.abort();
      held.clear();
    },
  };
}
