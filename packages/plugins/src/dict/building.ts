import type { Reply, Result, StructuredReply } from "@palaver/plugin-api";
import type { Catalogue } from "./catalogue.ts";

type Answer = StructuredReply | Promise<StructuredReply>;

/**
 * The answer; of a word that is unknown only because a dictionary is still being built, how far that is, as it goes on,
 * and then the answer.
 * @param ask may be called once for each percent.
 */
export function answerWhenBuilt(
  ask: () => Answer,
  catalogue: Pick<Catalogue, "state" | "changed">,
  signal: AbortSignal,
): Result {
  const answer = ask();
  return catalogue.state().building === undefined ? answer : wait(answer, ask, catalogue, signal);
}

async function* wait(
  first: Answer,
  ask: () => Answer,
  { state, changed }: Pick<Catalogue, "state" | "changed">,
  signal: AbortSignal,
): AsyncGenerator<Reply> {
  let answer = await first;
  let told = -1;
  while (answer.status === 1 && !signal.aborted) {
    const { building } = state();
    // Built, or given up: words may have come behind the last answer.
    if (building === undefined) {
      answer = await ask();
      break;
    }
    const percent = Math.floor(building * 100);
    if (percent !== told) {
      yield {
        text: `the dictionary is being built: ${percent} %`,
        data: { progress: building, task: "dictionary" },
      };
      told = percent;
      answer = await ask();
    } else await either(changed(), signal);
  }
  yield answer;
}

function either(event: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  signal.addEventListener("abort", end, { once: true });
  return Promise.race([event, promise]).finally(() => signal.removeEventListener("abort", end));
}
