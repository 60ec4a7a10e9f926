import type {
  Capability,
  CapabilityMap,
  OutputPiece,
  ProcessExit,
  Processes,
  ProcessSpec,
} from "@palaver/plugin-api";
import type { SharedCapabilities } from "../capabilities.ts";
import { sharedMethods, type SharedName } from "../shared-methods.ts";
import type { Asker } from "./ask.ts";

/** The hub's capabilities, asked for from another process: each method answers as if the hub were here. */
export function createRemoteCapabilities(asker: Asker): SharedCapabilities {
  const forward = <Name extends SharedName>(name: Name) =>
    Object.fromEntries(
      Object.keys(sharedMethods[name]).map((method) => [
        method,
        (...values: unknown[]) => asker.ask(name, method, values),
      ]),
    ) as unknown as CapabilityMap[Name];
  return {
    users: forward("users"),
    rooms: forward("rooms"),
    processes: { ...forward("processes"), run: (spec) => runProcess(spec, asker) },
  } satisfies Pick<CapabilityMap, Extract<Capability, SharedName>>;
}

/** The program is the hub's child: it dies with its call, also when this process is killed. */
function runProcess({ signal, ...spec }: ProcessSpec, asker: Asker): ReturnType<Processes["run"]> {
  const started = asker.ask("processes", "run", [spec]) as { id: number; pid: number | undefined };
  const askProcess = (method: string) => asker.ask("process", method, [started.id]);
  const abort = () => void askProcess("abort");
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  const exit = (askProcess("exit") as Promise<ProcessExit>).finally(() =>
    signal.removeEventListener("abort", abort),
  );
  return {
    pid: started.pid,
    exit,
    output: {
      [Symbol.asyncIterator]: () => ({
        next: () => askProcess("next") as Promise<IteratorResult<OutputPiece>>,
        async return() {
          await askProcess("return");
          return { done: true, value: undefined };
        },
      }),
    },
  };
}
