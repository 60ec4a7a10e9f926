import type { Invocation } from "../../arguments/invocation.ts";
import { EXIT } from "../../exit.ts";
import type { Words } from "../../i18n/words.ts";
import { toJsonLine } from "../../text/json-line.ts";
import { drawProgress, progressOf } from "../../text/progress.ts";
import { sanitizeLine } from "../../text/sanitize.ts";
import type { PipeContext } from "../pipe.ts";
import { inOrder } from "./in-order.ts";
import { readLines } from "./lines.ts";
import { createProgressBar } from "./progress-bar.ts";

/** Look-ups that wait for their answer at the same time. */
const MAX_IN_FLIGHT = 8;

/** Looks words up, one line an answer, in order; fails at the end when one was unknown. */
export async function translate(
  { words, json }: Extract<Invocation, { command: "tr" }>,
  { connection, stdin, stdout, stderr, patience, signal, words: say }: PipeContext,
): Promise<number> {
  let asked = 0;
  let unknown = 0;
  const bar = createProgressBar(stderr);

  async function lookUp(word: string) {
    const remote = connection.run("tr", [word], { signal });
    // The hub that says how far its dictionary is answers, in its own time.
    const begun = Promise.withResolvers<void>();
    const sign = patience.wait(Promise.race([remote.status, begun.promise]));
    sign.catch(() => {});
    const texts: string[] = [];
    let data: unknown;
    for await (const piece of remote) {
      if (piece.type !== "text") continue;
      const progress = progressOf(piece, say);
      if (progress !== undefined) {
        begun.resolve();
        bar.line(drawProgress(progress));
        continue;
      }
      texts.push(piece.text);
      data ??= piece.data;
    }
    bar.clear();
    const known = (await remote.status) === 0 && !/^unknown\b/i.test(texts[0] ?? "unknown");
    return { word, known, text: texts.join("\n"), data };
  }

  await inOrder(words.length > 0 ? words : linesOf(stdin, say), MAX_IN_FLIGHT, lookUp, async (answer) => {
    asked++;
    if (!answer.known) unknown++;
    await stdout.line(
      json
        ? toJsonLine(answer)
        : sanitizeLine(firstLine(answer.text)) || `unknown: ${sanitizeLine(answer.word)}`,
    );
  });
  if (unknown > 0) throw new Error(say.pipe.unknownWords(unknown, asked));
  return EXIT.done;
}

/** The hub's first line stands alone; the details below it are for --json and for the chat. */
function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0] ?? "";
}

async function* linesOf(stdin: PipeContext["stdin"], say: Words): AsyncGenerator<string> {
  for await (const { text } of readLines(stdin, say)) yield text.trim();
}
