import { spawn } from "node:child_process";
import { constants } from "node:os";
import { PassThrough } from "node:stream";
import type { Processes, ProcessExit, ProcessSpec, RunningProcess } from "../processes.ts";
import type { OutputPiece } from "../reply.ts";

// Real programs take real time: taken before a test replaces them.
const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;

const missing = "the test kit has no sandbox, limits or users; test those with a hub";

/**
 * Real child processes in groups of their own, killed with their group. What the hub adds, finding processes that left
 * the group, sandboxes, limits and users, is not here.
 */
export function createRealProcesses(): Processes & AsyncDisposable {
  const running = new Map<RunningProcess, AbortController>();
  return {
    sandboxProblem: async () => missing,
    limitsProblem: () => missing,
    findUser: async () => {
      throw new Error(missing);
    },
    run(spec) {
      if (spec.user || spec.limits || spec.sandbox) throw new Error(missing);
      const end = new AbortController();
      const run = start(spec, AbortSignal.any([spec.signal, end.signal]));
      running.set(run, end);
      void run.exit.then(() => running.delete(run));
      return run;
    },
    async [Symbol.asyncDispose]() {
      for (const end of running.values()) end.abort();
      await Promise.all([...running.keys()].map((run) => run.exit));
    },
  };
}

function start(spec: ProcessSpec, signal: AbortSignal): RunningProcess {
  const [program, ...args] = spec.argv;
  const startedAtMs = process.hrtime.bigint();
  const child = spawn(program, args, {
    cwd: spec.cwd,
    env: spec.env,
    stdio: [spec.input ? "pipe" : "ignore", "pipe", "pipe"],
    detached: true,
  });
  let outcome: ProcessExit["outcome"] = "exited";
  let outputBytes = 0;
  const stop = (why: ProcessExit["outcome"]) => {
    if (outcome === "exited") outcome = why;
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It was gone already.
    }
  };
  // A program may end without having read everything.
  child.stdin?.on("error", () => {});
  child.stdin?.end(spec.input);

  const pieces = new PassThrough({ objectMode: true });
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.on("data", (bytes: Buffer) => {
      outputBytes += bytes.length;
      if (outputBytes > spec.maxOutputBytes) return stop("output");
      if (!pieces.write({ stream, bytes } satisfies OutputPiece)) child[stream]?.pause();
    });
    pieces.on("drain", () => child[stream]?.resume());
  }
  const exit = new Promise<ProcessExit>((resolve) => {
    const timer = realSetTimeout(() => stop("timeout"), spec.timeoutMs);
    const onAbort = () => stop("aborted");
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    const over = (status: number) => {
      realClearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      pieces.end();
      const durationMs = Number((process.hrtime.bigint() - startedAtMs) / 1_000_000n);
      resolve({ outcome, status, outputBytes, durationMs });
    };
    child.on("error", () => {
      if (child.pid !== undefined) return;
      outcome = "failed";
      over(127);
    });
    child.on("exit", () => stop("exited"));
    child.on("close", (code, name) => {
      if (child.pid !== undefined) over(code ?? 128 + (name ? constants.signals[name] : 0));
    });
  });
  return { pid: child.pid, output: pieces, exit };
}
