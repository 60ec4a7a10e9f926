import type { OutputPiece } from "./reply.ts";

export interface ProcessSpec {
  /** An absolute program and its arguments. No shell ever sees them. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input, whole; absent, the program finds its end at once. */
  readonly input?: Uint8Array | undefined;
  readonly timeoutMs: number;
  /** Standard output and error together; more ends the process. */
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
  /** Absent: the hub's own. */
  readonly user?: ProcessUser | undefined;
  readonly limits?: ProcessLimits | undefined;
  /** Absent: the program sees the machine as the hub does. */
  readonly sandbox?: ProcessSandbox | undefined;
}

/** Whom a program runs as, in that group and no other. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/** What the kernel lets each process have; see setrlimit(2). Absent: what the hub has. */
export interface ProcessLimits {
  /** Address space. */
  readonly memoryBytes?: number | undefined;
  /** Processes and threads: in a sandbox those of the call, else all of the user's. The kernel exempts root. */
  readonly processes?: number | undefined;
  readonly openFiles?: number | undefined;
  readonly cpuSeconds?: number | undefined;
  readonly fileBytes?: number | undefined;
}

/**
 * A view of the machine for one call: the system read-only, no capability, other processes out of sight, a private
 * /tmp; /home, /root, /run and the hub's own data hidden.
 */
export interface ProcessSandbox {
  readonly network: boolean;
  /** Absolute paths below hidden places that can be read. What is not there is left out. */
  readonly readable: readonly string[];
  /** Absolute paths that can be written to. What is not there is left out. */
  readonly writable: readonly string[];
}

export interface ProcessExit {
  /** `exited` by itself, or ended by us: `timeout`, `output` past its limit, `aborted` by the signal; `failed` to start. */
  readonly outcome: "exited" | "timeout" | "output" | "aborted" | "failed";
  /** 0 to 255; 128 + n after signal n, as shells count; 127 when the program could not be started. */
  readonly status: number;
  readonly outputBytes: number;
  readonly durationMs: number;
}

export interface RunningProcess {
  readonly pid: number | undefined;
  /** Ends when the process has ended and its output is read; reading slowly slows the process. */
  readonly output: AsyncIterable<OutputPiece>;
  /** Never rejects. */
  readonly exit: Promise<ProcessExit>;
}

/** Child processes that cannot outlive their call: the whole tree dies with them. */
export interface Processes {
  run(spec: ProcessSpec): RunningProcess;
  /** Why a program of this user cannot be put into a sandbox here, tried out; undefined when it can. */
  sandboxProblem(user?: ProcessUser): Promise<string | undefined>;
  /** Why limits cannot be set here; undefined when they can. */
  limitsProblem(): string | undefined;
  /** A user of the machine by name or number. @throws {Error} when there is none, or the hub may not become it. */
  findUser(name: string): Promise<ProcessUser>;
}
