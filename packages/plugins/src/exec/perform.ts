import { type Caller, fittingRows, Refusal, type Reply, type StructuredReply } from "@palaver/plugin-api";
import { attempt, type AttemptContext, type Wish } from "./attempt.ts";
import { queryAudit } from "./audit-command.ts";
import { nameOf } from "./jobs.ts";

/** One line of words, whatever way it came: a command of the operator's, or one of exec's own words. */
export async function* perform(context: AttemptContext, wish: Wish): AsyncGenerator<Reply, void> {
  const [word, ...rest] = wish.words;
  switch (word) {
    case undefined:
      yield context.catalogue.list(wish.caller);
      return;
    case "jobs":
      yield* asOutput(listJobs(context, rest, wish.caller));
      return;
    case "kill":
      yield await killJob(context, rest, wish.caller);
      return;
    case "audit":
      yield* asOutput(queryAudit(context, rest, wish.caller));
      return;
    default:
      yield* attempt(context, wish);
  }
}

/** `palaver run` prints a program's output, and takes a text for a remark beside it. */
function* asOutput({ text, data }: StructuredReply): Generator<Reply, void> {
  yield { stream: "stdout", bytes: Buffer.from(`${text}\n`) };
  yield { text: "", status: 0, data };
}

export function listJobs(
  { jobs }: AttemptContext,
  words: readonly string[],
  caller: Caller,
): StructuredReply {
  if (words.length > 0) throw new Refusal("jobs takes no arguments.", "INVALID");
  const rows = jobs.list(caller).map(({ id, line, caller: owner, startedAtMs }) => {
    const runningMs = Math.round(performance.now() - startedAtMs);
    return { id, line, by: nameOf(owner), runningMs };
  });
  const lines = rows.map(({ id, line, by, runningMs }) => `${id} ${line} - ${by}, ${seconds(runningMs)} s`);
  return { text: lines.join("\n") || "Nothing runs.", data: fittingRows(rows) };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

export async function killJob(
  { jobs, log }: AttemptContext,
  words: readonly string[],
  caller: Caller,
): Promise<string> {
  const [id = ""] = words;
  if (words.length !== 1 || !/^\d{1,15}$/.test(id)) throw new Refusal("Usage: kill <job>", "INVALID");
  const job = jobs.find(Number(id), caller);
  const by = nameOf(caller);
  log.info("ended a job", { job: job.id, by });
  job.end(by);
  await job.over;
  return `Ended ${job.id}: ${job.line}`;
}
