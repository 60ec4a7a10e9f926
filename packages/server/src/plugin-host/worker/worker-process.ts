import { constants, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Capability } from "@palaver/plugin-api";
import type { StartProgram } from "../../programs/program.ts";
import { startProgram } from "../../programs/start.ts";
import { leave } from "../blame.ts";
import { LoadRefusal, type Wanted } from "../load.ts";
import type { SettingsProblem } from "../settings.ts";
import { startMs, TookTooLong } from "../time-limit.ts";
import { errorFrom } from "./ask.ts";
import type { Asks } from "./asks.ts";
import { failureOf } from "./failure.ts";
import { createFrameReader, encodeFrame, maxAskBytes, maxMessageBytes } from "./frames.ts";
import { createHubCalls, type HubCalls } from "./hub-calls.ts";
import {
  asksFd,
  messagesFd,
  type Abilities,
  type Ask,
  type Definition,
  type FromWorker,
  type Outcome,
  type ToWorker,
} from "./protocol.ts";
import { watchWorker } from "./watchdog.ts";

// Longer than what the worker waits for itself, and then says why: what is over by now loops.
const phaseTimeoutMs = startMs + 2000;
const unloadMs = 1500;

export interface WorkerOptions {
  readonly wanted: Wanted;
  readonly dataDir: string;
  readonly memoryMib: number;
  /** Made again when the grants are known. */
  createAsks(granted: readonly Capability[]): Asks;
  onFault(error: unknown, where: string): void;
  /** Each file of the plugin's own, also when it cannot be loaded. */
  onFile(path: string): void;
  /** What the plugin printed; in pieces, as they come. */
  onPrinted(text: string, stream: "stdout" | "stderr"): void;
}

/** One process with a plugin in it, through its life: load, check, set up, calls, unload. */
export interface WorkerProcess extends Pick<HubCalls, "call" | "emit"> {
  readonly isAlive: boolean;
  /** @throws {LoadRefusal} */
  load(): Promise<Definition>;
  check(settings: unknown): Promise<SettingsProblem | undefined>;
  setUp(granted: readonly Capability[]): Promise<Abilities>;
  /** Lets the plugin dispose itself, for a moment, and ends the process. */
  unload(): Promise<void>;
  /** Kills the process. */
  terminate(): void;
}

/**
 * Starts a worker. It is a process and not a thread: V8 ends the whole process when one allocation of a thread passes
 * its limit (a Map that grows does it), and cannot interrupt every loop (Node 26: `for (;;) list.push(new Array(9))`).
 * A terminal's Ctrl+C does not reach it: the hub ends its plugins in order.
 * @param startBy for tests, which try every way. @throws {Error} when no process can be started.
 */
export function createWorkerProcess(
  options: WorkerOptions,
  startBy: StartProgram = startProgram,
): WorkerProcess {
  const { wanted, dataDir, memoryMib, onFault } = options;
  const program = leave(() =>
    startBy({
      argv: [
        process.execPath,
        `--max-old-space-size=${memoryMib}`,
        // V8's helper threads would take both processors of a small machine while a plugin makes garbage: with them
        // others waited three times as long beside it, without them less than twice (docs/performance.md).
        "--single-threaded",
        fileURLToPath(new URL(`./main${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)),
      ],
      env: process.env,
      // Standard output says where the hub listens, and nothing else.
      descriptors: ["null", "write", "write", "both", "both"],
    }),
  );
  lowerPriority(program.pid);
  const { ends } = program;
  const [messagesPipe, asksPipe] = [ends[messagesFd]!, ends[asksFd]!];
  // What breaks belongs to a process that is going; its exit says so.
  for (const end of ends) end?.on("error", () => {});
  const send = (message: ToWorker) => void messagesPipe.write(encodeFrame(message));
  const calls = createHubCalls(wanted.name, send, onFault, (why) => watchdog.expectAnswer(why));
  const watchdog = watchWorker(program.pid, {
    memoryMib,
    ping: (id) => send({ type: "ping", id }),
    isBusy: () => calls.size > 0 || phase !== undefined,
    onDead: (why) => die(new Error(`${why}; its worker was ended`)),
  });
  let asks = options.createAsks([]);
  let phase: PromiseWithResolvers<FromWorker> | undefined;
  let promises = 0;
  let isAlive = true;

  /** @param fault why it died, when that was the plugin's doing. */
  function die(fault?: Error): void {
    if (!isAlive) return;
    isAlive = false;
    watchdog[Symbol.dispose]();
    asks[Symbol.dispose]();
    program.kill();
    messagesPipe.destroy();
    asksPipe.destroy();
    // Whoever waits for the phase says it.
    if (phase) phase.reject(fault ?? new Error("its worker was ended"));
    else if (fault) onFault(fault, "in its worker");
    calls.end();
  }

  void followEnd();
  ends[1]?.on("data", (bytes) => options.onPrinted(String(bytes), "stdout"));
  ends[2]?.on("data", (bytes) => options.onPrinted(String(bytes), "stderr"));
  const readMessages = createFrameReader(maxMessageBytes, (value) => receive(value as FromWorker));
  messagesPipe.on("data", (bytes: Buffer) => trust(() => readMessages(bytes)));
  const readAsks = createFrameReader(maxAskBytes, (value) => answer(value as Ask));
  asksPipe.on("data", (bytes: Buffer) => trust(() => readAsks(bytes)));

  async function followEnd(): Promise<void> {
    const { status, signal } = await program.ended;
    // What V8 does when its heap is full.
    if (signal === "SIGABRT")
      return die(new Error(`wanted more than ${memoryMib} MiB of memory; its worker was ended`));
    die(new Error(`its worker ended by itself with ${signal ?? `status ${status}`}`));
  }

  /** Only something other than our own main.ts sends what cannot be read. */
  function trust(read: () => void): void {
    try {
      read();
    } catch (error) {
      die(new Error("sent what is no message; its worker was ended", { cause: error }));
    }
  }

  function receive(message: FromWorker): void {
    if (!isAlive) return;
    if (message.type === "pong") return watchdog.answered(message.id);
    if (!calls.receive(message)) phase?.resolve(message);
  }

  function answer({ target, method, values }: Ask): void {
    if (!isAlive) return;
    let outcome: Outcome;
    try {
      const value = asks.perform(target, method, values);
      outcome = value instanceof Promise ? { promise: follow(value) } : { value };
    } catch (error) {
      outcome = failureOf(error);
    }
    asksPipe.write(encodeFrame(outcome));
  }

  function follow(value: Promise<unknown>): number {
    const id = ++promises;
    const settled = (outcome: Outcome) => {
      if (isAlive) send({ type: "settled", id, outcome });
    };
    value.then(
      (result) => settled({ value: result }),
      (error: unknown) => settled(failureOf(error)),
    );
    return id;
  }

  async function go<Type extends FromWorker["type"]>(
    expected: Type,
    maxMs: number,
    message: ToWorker,
  ): Promise<Extract<FromWorker, { type: Type }>> {
    if (!isAlive) throw new Error(`the worker of ${wanted.name} has ended`);
    const own = Promise.withResolvers<FromWorker>();
    phase = own;
    const timer = setTimeout(() => die(new TookTooLong("its worker", maxMs)), maxMs);
    try {
      send(message);
      const reply = await own.promise;
      if ("files" in reply) reply.files.forEach(options.onFile);
      if (reply.type === "unloadable") throw new LoadRefusal(reply.reason);
      if (reply.type === "failed") throw errorFrom(reply.failure);
      if (reply.type !== expected) throw new Error(`its worker said ${reply.type} instead of ${expected}`);
      return reply as Extract<FromWorker, { type: Type }>;
    } finally {
      clearTimeout(timer);
      phase = undefined;
    }
  }

  return {
    get isAlive() {
      return isAlive;
    },
    call: (command, words, input) => calls.call(command, words, input),
    emit: (name, payload) => calls.emit(name, payload),
    load: () => go("loaded", phaseTimeoutMs, { type: "load", wanted, dataDir }),
    async check(settings) {
      const { problem } = await go("checked", phaseTimeoutMs, { type: "check", settings });
      return problem;
    },
    async setUp(granted) {
      asks = options.createAsks(granted);
      const { abilities } = await go("ready", phaseTimeoutMs, { type: "setUp", granted });
      return abilities;
    },
    async unload() {
      if (!isAlive) return;
      const { failure } = await go("unloaded", unloadMs, { type: "unload" }).finally(() => die());
      if (failure && "fault" in failure) throw new Error(`${failure.fault.name}: ${failure.fault.message}`);
    },
    terminate: () => die(),
  };
}

/**
 * A plugin in a loop takes what processor time is left, and not the hub's. Where Linux shares it out among sessions
 * (`sched_autogroup_enabled`, not in containers and services), the worker still gets as much as the hub: with its session
 * lowered as well, it got none beside other work, and did not come up for seconds.
 */
function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or the system allows no other.
  }
}
