import { constants } from "node:os";
import type { Processes, ProcessExit, ProcessSpec, RunningProcess } from "@palaver/plugin-api";
import type { StartProgram } from "../programs/program.ts";
import { startProgram } from "../programs/start.ts";
import { createProcessOutput } from "./processes-output.ts";
import { createProcessStarts, type Started } from "./processes-start.ts";
import { findSandboxProblem, findUser } from "./processes-tools.ts";
import type { ProcessTree } from "./processes-tree.ts";

/** How long a program may take to obey SIGTERM before it is killed. */
const TERM_GRACE_MS = 500;

/** How long it may take to hear of the end of a program that is dead. */
const EXIT_PATIENCE_MS = 1000;

/** The longest time a timer can wait for; about 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** As shells say it for a program that could not be started. */
const NOT_STARTED_STATUS = 127;

interface Run extends RunningProcess {
  readonly tree: ProcessTree;
  abort(): void;
}

/**
 * Child processes without a shell, each with its whole tree on a leash.
 *
 * A program gets its own session and process group, exactly the environment it was given plus one marker, and loses
 * everything it started as soon as it ends or is ended: by itself, by the time limit, by too much output, by its
 * signal, by a reader that goes away, by disposal. The time limit and the signal ask with SIGTERM and kill 500 ms later;
 * all else kills at once. In a sandbox nothing gets away, see `followNamespace`. Without one, on Linux processes that
 * left the group are found too, see `followProcessTree`; elsewhere only the group is known. Killing the hub itself with
 * SIGKILL ends what runs in sandboxes and leaves the rest running.
 *
 * How many may run at once is the caller's to limit.
 * @param ownPlaces the hub's own data, which no sandbox shows
 * @param startBy for tests, which try every way
 */
export function createProcesses(
  ownPlaces: readonly string[] = [],
  startBy: StartProgram = startProgram,
): Processes & AsyncDisposable {
  const starts = createProcessStarts(ownPlaces, startBy);
  const running = new Set<Run>();
  let disposed = false;

  // The hub may exit without disposing of us, on a second SIGINT.
  const onHubExit = (): void => {
    for (const { tree } of running) tree.killGroup();
    starts.killWaiting();
  };
  process.on("exit", onHubExit);

  return {
    run(spec) {
      if (disposed || spec.signal.aborted) return notRun("aborted", 128 + constants.signals.SIGTERM);
      const startedAtMs = performance.now();
      const started = starts.tryStart(spec);
      if (!started) return notRun("failed", NOT_STARTED_STATUS);
      const run = follow(spec, started, startedAtMs);
      running.add(run);
      void run.exit.then(() => running.delete(run));
      return run;
    },
    sandboxProblem: findSandboxProblem,
    limitsProblem: () => (process.platform === "linux" ? undefined : "limits need Linux"),
    findUser,
    async [Symbol.asyncDispose]() {
      disposed = true;
      await Promise.all(
        [...running].map((run) => {
          run.abort();
          return run.exit;
        }),
      );
      await starts[Symbol.asyncDispose]();
      process.off("exit", onHubExit);
    },
  };
}

function notRun(outcome: ProcessExit["outcome"], status: number): RunningProcess {
  const exit = Promise.resolve({ outcome, status, outputBytes: 0, durationMs: 0 });
  return { pid: undefined, output: (async function* () {})(), exit };
}

function follow(spec: ProcessSpec, { program, tree, tryWithdraw }: Started, startedAtMs: number): Run {
  const { pid } = program;
  const [stdin, stdout, stderr] = program.ends;
  // A program that does not read its input is no fault.
  if (spec.input) stdin?.on("error", () => {}).end(spec.input);
  const output = createProcessOutput(
    spec.maxOutputBytes,
    () => void stop("output"),
    () => void stop("aborted"),
  );
  if (stdout) output.read("stdout", stdout);
  if (stderr) output.read("stderr", stderr);

  let reason: ProcessExit["outcome"] | undefined;
  const { promise: ended, resolve: settle } = Promise.withResolvers<number>();
  void program.ended.then(({ status }) => settle(status));

  async function stop(why: "timeout" | "output" | "aborted"): Promise<void> {
    if (reason) return;
    reason = why;
    if (tryWithdraw()) return settle(128 + constants.signals.SIGTERM);
    if (why === "output") return kill();
    const grace = setTimeout(() => void kill(), TERM_GRACE_MS);
    void ended.then(() => clearTimeout(grace));
    await tree.terminate();
  }

  async function kill(): Promise<void> {
    await tree.kill();
    // Only a program that hangs in the kernel does not end now; the call does not wait for it.
    const patience = setTimeout(() => settle(128 + constants.signals.SIGKILL), EXIT_PATIENCE_MS);
    void ended.then(() => clearTimeout(patience));
  }

  const timer = setTimeout(() => void stop("timeout"), Math.min(spec.timeoutMs, MAX_TIMEOUT_MS));
  const onAbort = (): void => void stop("aborted");
  spec.signal.addEventListener("abort", onAbort, { once: true });

  async function finish(): Promise<ProcessExit> {
    const status = await ended;
    const endedAtMs = performance.now();
    clearTimeout(timer);
    spec.signal.removeEventListener("abort", onAbort);
    await tree.kill();
    await output.drain();
    return {
      outcome: reason ?? "exited",
      status,
      outputBytes: output.bytes(),
      durationMs: Math.round(endedAtMs - startedAtMs),
    };
  }

  return { pid, tree, output: output.pieces, exit: finish(), abort: onAbort };
}
