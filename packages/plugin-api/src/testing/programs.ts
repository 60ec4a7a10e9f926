import { setTimeout as sleep } from "node:timers/promises";
import type { Processes, ProcessExit, ProcessSpec } from "../processes.ts";
import type { OutputPiece } from "../reply.ts";

/** What a program of a test prints, and how it ends. */
export interface TestProgram {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Default 0. */
  readonly status?: number;
  /** How long it runs in the time of the test; default 0. */
  readonly takesMs?: number;
}

export type Programs = (spec: ProcessSpec) => TestProgram | Promise<TestProgram>;

/** Processes that never start: each is answered by the test. */
export function createTestProcesses(programs: Programs | undefined): Processes {
  return {
    sandboxProblem: async () => undefined,
    limitsProblem: () => undefined,
    findUser: async () => ({ uid: 1000, gid: 1000 }),
    run(spec) {
      if (!programs) {
        throw new Error(
          'this test has no programs; give createTestHub programs: (spec) => ({ stdout: "…" }), or capabilities: { processes: "real" }',
        );
      }
      const pieces = Promise.withResolvers<OutputPiece[]>();
      const run = async (): Promise<ProcessExit> => {
        const program = await programs(spec);
        const takesMs = program.takesMs ?? 0;
        const output = (["stdout", "stderr"] as const).flatMap((stream) => {
          const text = program[stream];
          return text === undefined ? [] : [{ stream, bytes: Buffer.from(text) }];
        });
        const outputBytes = output.reduce((sum, { bytes }) => sum + bytes.length, 0);
        const exit = (outcome: ProcessExit["outcome"], status: number) => ({
          outcome,
          status,
          outputBytes,
          durationMs: takesMs,
        });
        if (takesMs > 0) {
          const isAborted = await sleep(Math.min(takesMs, spec.timeoutMs), false, {
            signal: spec.signal,
          }).catch(() => true);
          if (isAborted) return exit("aborted", 143);
          if (takesMs > spec.timeoutMs) return exit("timeout", 143);
        }
        if (outputBytes > spec.maxOutputBytes) return exit("output", 137);
        pieces.resolve(output);
        return exit("exited", program.status ?? 0);
      };
      const exit = run().finally(() => pieces.resolve([]));
      const output = (async function* () {
        // A test's function that fails is a fault of the call that reads.
        yield* await pieces.promise;
        await exit;
      })();
      return { pid: undefined, output, exit };
    },
  };
}
