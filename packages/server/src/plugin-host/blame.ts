import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

/** Whoever's code is running when something goes wrong. */
export interface Culprit {
  readonly plugin: string;
  /** @param where in words that follow "failed": `in a call`, `outside a call`. */
  fault(error: unknown, where: string): void;
}

/** Runs a function in a context that was captured before. */
export type Enter = <Parameters extends unknown[], Value>(
  run: (...parameters: Parameters) => Value,
  ...parameters: Parameters
) => Value;

const running = new AsyncLocalStorage<Culprit>();

/** What the function that runs inside starts (timers, promises, listeners) is the culprit's as well. */
export function enterAs(culprit: Culprit): Enter {
  return running.run(culprit, enterThis);
}

/** Enters the context it was called in: 40 ns a call; a snapshot 160, `running.run`, which makes a context each time, 250. */
function enterThis(): Enter {
  const context = new AsyncResource("palaver");
  return (run, ...parameters) => context.runInAsyncScope(run, undefined, ...parameters);
}

/** Back in the hub's own context: what the hub starts at a plugin's request is no plugin's. */
export const leave: Enter = enterThis();

/** Hands a fault that nobody caught to the plugin whose code it came from; false when it is the hub's own. */
export function tryBlame(error: unknown): boolean {
  const culprit = running.getStore();
  culprit?.fault(error, "outside a call");
  return culprit !== undefined;
}

/** Whose code is running; undefined for the hub's own. */
export function currentCulprit(): Culprit | undefined {
  return running.getStore();
}
