import {
  type Caller,
  type Log,
  type ProcessExit,
  type Processes,
  Refusal,
  type Reply,
  type StructuredReply,
  type Users,
} from "@palaver/plugin-api";
import { type AttemptEnd, type Audit, clipWords } from "./audit.ts";
import type { Catalogue, CatalogueEntry, Prepared } from "./catalogue.ts";
import type { Confinement } from "./confinement.ts";
import type { Asked, Confirmations } from "./confirmations.ts";
import type { Jobs } from "./jobs.ts";
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

/** Nothing ran: coreutils use it for what failed before the program. */
const UNCONFIRMED_STATUS = 125;

/** Behind it stands the code of what is confirmed. */
const CONFIRM_WORD = "yes";

/** What a caller wants, as it came. */
export interface Wish {
  readonly words: readonly string[];
  /** What stood before the words: `run`, or nothing on a mount. */
  readonly prefix: "run " | "";
  /** Standard input, whole. */
  readonly input: Uint8Array | undefined;
  readonly caller: Caller;
  readonly signal: AbortSignal;
}

export interface AttemptContext {
  readonly catalogue: Catalogue;
  readonly confinementOf: (entry: CatalogueEntry) => Confinement;
  readonly limits: Limits;
  readonly confirmations: Confirmations;
  readonly jobs: Jobs;
  readonly audit: Audit;
  readonly processes: Processes;
  readonly users: Pick<Users, "keyOf">;
  readonly log: Log;
  /** Runs whose end is not written yet. Bounded by the limits. */
  readonly unfinished: Set<Promise<unknown>>;
}

/** One wish to run something: checked, confirmed, written down, run, its output passed on as it comes. */
export async function* attempt(context: AttemptContext, wish: Wish): AsyncGenerator<Reply, void> {
  const admitted = await admit(context, wish);
  if ("question" in admitted) {
    yield admitted.question;
    return;
  }
  const { entry, argv, env, leave, id, words, input } = admitted;
  const { caller, signal } = wish;
  const { config } = entry;
  const killed = new AbortController();
  const run = context.processes.run({
    argv,
    cwd: config.cwd,
    env: { ...fixedEnvironment, ...env },
    input,
    timeoutMs: config.timeout,
    maxOutputBytes: config.max_output,
    signal: AbortSignal.any([signal, killed.signal]),
    ...context.confinementOf(entry),
  });
  // Not in a `finally` of this generator: a hub that has given up on a call may never resume it.
  const finish = async (): Promise<AttemptEnd & { readonly exit: ProcessExit }> => {
    const exit = await run.exit;
    leave();
    context.jobs.remove(id);
    const end = endOf(entry, exit, killed.signal);
    const { outcome, status, durationMs, bytes } = end;
    context.log.info("ran a command", {
      ...whoAndWhat(words, caller),
      job: id,
      outcome,
      status,
      durationMs,
      bytes,
    });
    try {
      context.audit.ended(id, end);
    } catch (error) {
      context.log.error("the audit could not be completed", { id, error });
    }
    return { ...end, exit };
  };
  const finished = finish().finally(() => context.unfinished.delete(finished));
  context.unfinished.add(finished);
  context.jobs.add({
    id,
    line: words.join(" "),
    caller,
    startedAtMs: performance.now(),
    end: (by) => killed.abort(by),
    over: finished,
  });

  yield* run.output;
  const { status, reason, durationMs, bytes, exit } = await finished;
  const text = reason ? `(${reason})` : bytes === 0 ? "(no output)" : "";
  yield { text, status, data: { job: id, status, outcome: exit.outcome, durationMs, bytes } };
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

/** Nothing was run: a full disk leaves a line in the log in its place. */
function noteRefused(
  { audit, log }: AttemptContext,
  words: readonly string[],
  caller: Caller,
  reason: string,
): void {
  try {
    audit.refused(words, caller, reason);
  } catch (error) {
    log.error("the audit took no row of a refusal", { ...whoAndWhat(words, caller), reason, err: error });
  }
}

interface Admitted extends Prepared {
  readonly id: number;
  /** As they may be kept. */
  readonly words: readonly string[];
  readonly input: Uint8Array | undefined;
  /** Gives the place free. */
  readonly leave: () => void;
}

/** @throws {Refusal} which is written down as well. */
async function admit(
  context: AttemptContext,
  wish: Wish,
): Promise<Admitted | { readonly question: StructuredReply }> {
  const { catalogue, confirmations, limits, log } = context;
  const { caller } = wish;
  const isConfirmed = wish.words[0] === CONFIRM_WORD;
  let kept = catalogue.redact(wish.words);
  let leave: (() => void) | undefined;
  try {
    const { words, input } = isConfirmed ? confirmed(confirmations, wish) : wish;
    kept = catalogue.redact(words);
    const prepared = await catalogue.prepare(words, caller);
    checkInput(prepared.entry, input);
    if (!isConfirmed && mustConfirm(prepared.entry, caller)) {
      const code = confirmations.ask({ words, input }, caller, performance.now());
      noteRefused(context, kept, caller, "asked to confirm");
      return { question: questionOf(prepared, wish.prefix + CONFIRM_WORD, code, confirmations.lifetimeMs) };
    }
    leave = limits.enter(prepared.entry, caller, performance.now());
    return { ...prepared, words: kept, input, leave, id: startAudit(context, kept, caller) };
  } catch (error) {
    leave?.();
    if (error instanceof Refusal) {
      log.warn("refused a command", { ...whoAndWhat(kept, caller), reason: error.message });
      if (error.cause === undefined) noteRefused(context, kept, caller, error.message);
    }
    throw error;
  }
}

function confirmed(confirmations: Confirmations, { words, caller }: Wish): Asked {
  const [, code = "", ...more] = words;
  if (code === "" || more.length > 0) throw new Refusal("Usage: yes <code>", "INVALID");
  return confirmations.take(code, caller, performance.now());
}

/** A datagram of text may come twice, and a code works once. A session's requests run at most once as it is. */
function mustConfirm({ config }: CatalogueEntry, { dialect }: Caller): boolean {
  return config.confirm || (config.changes && dialect === "text");
}

function questionOf(
  { entry, shown }: Prepared,
  answer: string,
  code: string,
  lifetimeMs: number,
): StructuredReply {
  const user = entry.config.user === undefined ? "" : ` as ${entry.config.user}`;
  const text = `This runs ${shown}${user}. Within ${lifetimeMs / 1000} s, confirm it: ${answer} ${code}`;
  return { text, status: UNCONFIRMED_STATUS, data: { outcome: "unconfirmed", code } };
}

function checkInput({ name, config }: CatalogueEntry, input: Uint8Array | undefined): void {
  if (input === undefined || input.length <= config.max_input) return;
  if (config.max_input === 0) throw new Refusal(`${name} takes no standard input.`, "INVALID");
  throw new Refusal(`${name} takes at most ${config.max_input} bytes of standard input.`, "TOO_LARGE");
}

function whoAndWhat(words: readonly string[], { nick, key, address }: Caller) {
  const [command, ...argv] = clipWords(words);
  return { command, argv, nick, key, address };
}

/** How it went, for the audit and, in its reason, for the caller. */
function endOf({ config }: CatalogueEntry, exit: ProcessExit, killed: AbortSignal): AttemptEnd {
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
      return {
        outcome,
        status: status || 1,
        reason: killed.aborted ? `ended by ${killed.reason}` : "ended",
        ...measured,
      };
  }
}
