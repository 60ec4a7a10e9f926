import {
  type Caller,
  type Log,
  type ProcessExit,
  type Processes,
  Refusal,
  type Reply,
} from "@palaver/plugin-api";
import { type AttemptEnd, type Audit, clipWords } from "./audit.ts";
import type { Catalogue, CatalogueEntry } from "./catalogue.ts";
import type { Limits } from "./limits.ts";

/** What every program gets, and what its operator adds. */
const fixedEnvironment = {
  PATH: "/usr/bin:/bin",
  LANG: "C.UTF-8",
  HOME: "/nonexistent",
  TERM: "dumb",
};

/** What `timeout` of coreutils says for a program that it ended. */
const TIMEOUT_STATUS = 124;

export interface AttemptCall {
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

export interface AttemptContext {
  readonly catalogue: Catalogue;
  readonly limits: Limits;
  readonly audit: Audit;
  readonly processes: Processes;
  readonly log: Log;
  /** Runs whose end is not written yet. Bounded by the limits. */
  readonly unfinished: Set<Promise<unknown>>;
}

/** One wish to run something, whatever way it came: checked, written down, run, its output passed on as it comes. */
export async function* attempt(
  context: AttemptContext,
  words: readonly string[],
  { caller, signal }: AttemptCall,
): AsyncGenerator<Reply, void> {
  if (words.length === 0) {
    yield context.catalogue.list(caller);
    return;
  }
  const { entry, argv, leave, id } = await admit(context, words, caller);
  const { config } = entry;
  const run = context.processes.run({
    argv,
    cwd: config.cwd,
    env: { ...fixedEnvironment, ...config.env },
    timeoutMs: config.timeout,
    maxOutputBytes: config.max_output,
    signal,
  });
  // Not in a `finally` of this generator: a hub that has given up on a call may never resume it.
  const finish = async (): Promise<ProcessExit> => {
    const exit = await run.exit;
    leave();
    const { outcome, status, durationMs, bytes, reason } = endOf(entry, exit);
    const measured = { outcome, status, durationMs, bytes };
    context.log.info("ran a command", { ...whoAndWhat(words, caller), ...measured });
    try {
      context.audit.ended(id, { ...measured, reason });
    } catch (error) {
      context.log.error("the audit could not be completed", { id: Number(id), error });
    }
    return exit;
  };
  const finished = finish().finally(() => context.unfinished.delete(finished));
  context.unfinished.add(finished);

  yield* run.output;
  const exit = await finished;
  const { status, reason } = endOf(entry, exit);
  const { outcome, durationMs, outputBytes: bytes } = exit;
  const text = reason ? `(${reason})` : bytes === 0 ? "(no output)" : "";
  yield { text, status, data: { status, outcome, durationMs, bytes } };
}

/** No trace, no run: a full disk stops commands. @throws {Refusal} */
function startAudit({ audit, log }: AttemptContext, words: readonly string[], caller: Caller) {
  try {
    return audit.started(words, caller);
  } catch (cause) {
    log.error("the audit took no row, so nothing was run", { err: cause });
    const message = "The hub could not write this into its audit, so nothing was run. Its disk may be full.";
    throw new Refusal(message, "BUSY", { cause });
  }
}

/** @throws {Refusal} which is written down as well. */
async function admit(context: AttemptContext, words: readonly string[], caller: Caller) {
  let leave: (() => void) | undefined;
  try {
    const { entry, argv } = await context.catalogue.prepare(words, caller);
    leave = context.limits.enter(entry, caller, performance.now());
    return { entry, argv, leave, id: startAudit(context, words, caller) };
  } catch (error) {
    leave?.();
    if (error instanceof Refusal) {
      context.log.warn("refused a command", { ...whoAndWhat(words, caller), reason: error.message });
      if (error.cause === undefined) context.audit.refused(words, caller, error.message);
    }
    throw error;
  }
}

function whoAndWhat(words: readonly string[], { nick, key, address }: Caller) {
  const [command, ...argv] = clipWords(words);
  return { command, argv, nick, key, address };
}

/** How it went, for the audit and, in its reason, for the caller. */
function endOf({ config }: CatalogueEntry, exit: ProcessExit): AttemptEnd {
  const { outcome, status, durationMs, outputBytes: bytes } = exit;
  const measured = { durationMs, bytes };
  switch (outcome) {
    case "exited":
      return status === 0
        ? { outcome: "ok", status, ...measured }
        : { outcome: "failed", status, reason: `exit ${status}`, ...measured };
    case "failed":
      return { outcome, status, reason: "could not be started; the hub's operator must look", ...measured };
    case "timeout": {
      const reason = `timed out after ${config.timeout / 1000}s`;
      return { outcome, status: TIMEOUT_STATUS, reason, ...measured };
    }
    case "output":
      return {
        outcome,
        status: status || 1,
        reason: `output cut at ${config.max_output} bytes`,
        ...measured,
      };
    default:
      return { outcome, status: status || 1, reason: "ended", ...measured };
  }
}
