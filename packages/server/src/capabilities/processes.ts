import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import type { Processes, ProcessExit, ProcessSpec, RunningProcess } from "@palaver/plugin-api";
import { createProcessOutput } from "./processes-output.ts";
import { followProcessTree, type ProcessTree } from "./processes-tree.ts";

/** The variable that marks every process of one call; its value cannot be guessed. */
const MARKER_NAME = "PALAVER_CALL";

/** How long a program may take to obey SIGTERM before it is killed. */
const TERM_GRACE_MS = 500;

/** The longest time a timer can wait for; about 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** As shells say it for a program that could not be started. */
const NOT_STARTED_STATUS = 127;

interface Run extends RunningProcess {
  readonly tree: ProcessTree | undefined;
  abort(): void;
}

/**
 * Child processes without a shell, each with its whole tree on a leash.
 *
 * A program gets its own session and process group, a closed standard input, exactly the environment it was given
 * plus one marker, and loses everything it started as soon as it ends or is ended: by itself, by the time limit, by
 * too much output, by its signal, by a reader that goes away, by disposal. The time limit and the signal ask with
 * SIGTERM and kill 500 ms later; all else kills at once. On Linux processes that left the group are found too,
 * see `followProcessTree`; elsewhere only the group is known. Killing the hub itself with SIGKILL leaves them running.
 *
 * How many may run at once is the caller's to limit.
 */
export function createProcesses(): Processes & AsyncDisposable {
  const running = new Set<Run>();
  let disposed = false;

  // The hub may exit without disposing of us, on a second SIGINT.
  const onHubExit = (): void => {
    for (const { tree } of running) tree?.killGroup();
  };
  process.on("exit", onHubExit);

  return {
    run(spec) {
      if (disposed || spec.signal.aborted) return notRun("aborted", 128 + constants.signals.SIGTERM);
      const run = start(spec);
      if (!run) return notRun("failed", NOT_STARTED_STATUS);
      running.add(run);
      void run.exit.then(() => running.delete(run));
      return run;
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      await Promise.all(
        [...running].map((run) => {
          run.abort();
          return run.exit;
        }),
      );
      process.off("exit", onHubExit);
    },
  };
}

function notRun(outcome: ProcessExit["outcome"], status: number): RunningProcess {
  const exit = Promise.resolve({ outcome, status, outputBytes: 0, durationMs: 0 });
  return { pid: undefined, output: (async function* () {})(), exit };
}

function trySpawn(spec: ProcessSpec, marker: string): ChildProcess | undefined {
  const [program, ...args] = spec.argv;
  try {
    return spawn(program, args, {
      cwd: spec.cwd,
      env: { ...spec.env, [MARKER_NAME]: marker },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      shell: false,
      windowsHide: true,
    });
  } catch {
    // A NUL in an argument, or no process or descriptor left to be had.
    return undefined;
  }
}

function start(spec: ProcessSpec): Run | undefined {
  const startedAtMs = performance.now();
  const marker = randomBytes(16).toString("hex");
  const child = trySpawn(spec, marker);
  if (!child) return undefined;

  const tree = child.pid ? followProcessTree(child.pid, `${MARKER_NAME}=${marker}`) : undefined;
  const output = createProcessOutput(
    spec.maxOutputBytes,
    () => void stop("output"),
    () => void stop("aborted"),
  );
  if (child.stdout) output.read("stdout", child.stdout);
  if (child.stderr) output.read("stderr", child.stderr);

  let reason: ProcessExit["outcome"] | undefined;
  const { promise: ended, resolve: settle } = Promise.withResolvers<number>();
  child.on("error", () => {
    // Node reports a failed kill here too; only a child without a pid was never started.
    if (child.pid !== undefined) return;
    reason ??= "failed";
    settle(NOT_STARTED_STATUS);
  });
  child.on("exit", (code, signal) => settle(code ?? 128 + (signal ? constants.signals[signal] : 0)));

  async function stop(why: "timeout" | "output" | "aborted"): Promise<void> {
    if (reason) return;
    reason = why;
    if (why === "output") return kill();
    const grace = setTimeout(() => void kill(), TERM_GRACE_MS);
    void ended.then(() => clearTimeout(grace));
    await tree?.terminate();
  }

  async function kill(): Promise<void> {
    await tree?.kill();
    // Only a program that hangs in the kernel is still there; the call does not wait for it.
    settle(128 + constants.signals.SIGKILL);
  }

  const timer = setTimeout(() => void stop("timeout"), Math.min(spec.timeoutMs, MAX_TIMEOUT_MS));
  const onAbort = (): void => void stop("aborted");
  spec.signal.addEventListener("abort", onAbort, { once: true });

  async function finish(): Promise<ProcessExit> {
    const status = await ended;
    const endedAtMs = performance.now();
    clearTimeout(timer);
    spec.signal.removeEventListener("abort", onAbort);
    await tree?.kill();
    await output.drain();
    return {
      outcome: reason ?? "exited",
      status,
      outputBytes: output.bytes(),
      durationMs: Math.round(endedAtMs - startedAtMs),
    };
  }

  return { pid: child.pid, tree, output: output.pieces, exit: finish(), abort: onAbort };
}
