import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import type { Processes, ProcessExit, ProcessSpec, RunningProcess } from "@palaver/plugin-api";
import type { Program, StartProgram } from "../programs/program.ts";
import { startProgram } from "../programs/start.ts";
import { followNamespace } from "./processes-namespace.ts";
import { createProcessOutput } from "./processes-output.ts";
import { sandboxArguments } from "./processes-sandbox.ts";
import { limitArguments } from "./processes-limits.ts";
import { findSandboxProblem, findUser, mayExecute, tryFindProgram } from "./processes-tools.ts";
import { followProcessTree, type ProcessTree } from "./processes-tree.ts";

/** The variable that marks every process of one call; its value cannot be guessed. */
const MARKER_NAME = "PALAVER_CALL";

/** How long a program may take to obey SIGTERM before it is killed. */
const TERM_GRACE_MS = 500;

/** How long it may take to hear of the end of a program that is dead. */
const EXIT_PATIENCE_MS = 1000;

/** The longest time a timer can wait for; about 24 days. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** As shells say it for a program that could not be started. */
const NOT_STARTED_STATUS = 127;

/** Where bubblewrap tells which process is the first of its namespace. */
const INFO_DESCRIPTOR = 3;

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
  const running = new Set<Run>();
  let disposed = false;

  // The hub may exit without disposing of us, on a second SIGINT.
  const onHubExit = (): void => {
    for (const { tree } of running) tree.killGroup();
  };
  process.on("exit", onHubExit);

  return {
    run(spec) {
      if (disposed || spec.signal.aborted) return notRun("aborted", 128 + constants.signals.SIGTERM);
      const run = start(spec, ownPlaces, startBy);
      if (!run) return notRun("failed", NOT_STARTED_STATUS);
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
      process.off("exit", onHubExit);
    },
  };
}

function notRun(outcome: ProcessExit["outcome"], status: number): RunningProcess {
  const exit = Promise.resolve({ outcome, status, outputBytes: 0, durationMs: 0 });
  return { pid: undefined, output: (async function* () {})(), exit };
}

/** The program with what is put around it; undefined when there is no such program, or nothing to put around it. */
function tryWrap(spec: ProcessSpec, ownPlaces: readonly string[]): readonly string[] | undefined {
  const { argv, limits, sandbox, cwd = "/", user } = spec;
  // Another user may not even come near the hub's data, so that nothing could be put over it.
  const hidden = user === undefined || user.uid === process.getuid?.() ? ownPlaces : [];
  const bubblewrap = sandbox && tryFindProgram("bwrap");
  // What is wrapped could only fail with a status of its wrapper's.
  if ((sandbox && bubblewrap === undefined) || !mayExecute(argv[0]) || !mayExecute(cwd)) return undefined;
  return [
    ...(bubblewrap ? [bubblewrap, ...sandboxArguments(sandbox, limits, cwd, hidden, INFO_DESCRIPTOR)] : []),
    ...(limits && !bubblewrap ? limitArguments(limits) : []),
    ...argv,
  ];
}

function tryStart(
  spec: ProcessSpec,
  ownPlaces: readonly string[],
  marker: string,
  startBy: StartProgram,
): Program | undefined {
  const [program, ...args] = tryWrap(spec, ownPlaces) ?? [];
  if (program === undefined) return undefined;
  try {
    return startBy({
      argv: [program, ...args],
      cwd: spec.sandbox ? "/" : spec.cwd,
      env: { ...spec.env, [MARKER_NAME]: marker },
      descriptors: [
        spec.input ? "read" : "null",
        "write",
        "write",
        ...(spec.sandbox ? (["write"] as const) : []),
      ],
      user: spec.user,
    });
  } catch {
    return undefined;
  }
}

function start(spec: ProcessSpec, ownPlaces: readonly string[], startBy: StartProgram): Run | undefined {
  const startedAtMs = performance.now();
  const marker = randomBytes(16).toString("hex");
  const program = tryStart(spec, ownPlaces, marker, startBy);
  if (!program) return undefined;

  const { pid } = program;
  const [stdin, stdout, stderr, info] = program.ends;
  // A program that does not read its input is no fault.
  if (spec.input) stdin?.on("error", () => {}).end(spec.input);
  const tree = info ? followNamespace(pid, info) : followProcessTree(pid, `${MARKER_NAME}=${marker}`);
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
