/** The exit statuses of `palaver`; part of the outside contract. */
export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 5 } as const;

/** Wrong arguments: exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The hub did not answer in time: exit status 5. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** A signal asked us to end; the status follows the shell's convention, 128 + the signal's number. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  readonly status: number;

  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP") {
    super(signal);
    this.status = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];
  }
}

/** Whoever read our standard output went away, as `| head` does: nothing is left to do, and nothing is wrong. */
export class BrokenPipeError extends Error {
  override readonly name = "BrokenPipeError";
}

/** The exit status for whatever ended a mode. */
export function exitStatusOf(error: unknown): number {
  if (error instanceof BrokenPipeError) return EXIT.done;
  if (error instanceof InterruptedError) return error.status;
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  return EXIT.failed;
}

/** Whether the reader should be told anything at all. */
export function isSilent(error: unknown): boolean {
  return error instanceof BrokenPipeError || error instanceof InterruptedError;
}
