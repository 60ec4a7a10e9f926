import type { Connection } from "@palaver/client";
import { sanitizeLine } from "../text/sanitize.ts";

/** Answers that are kept; the oldest goes first. */
const MAX_ANSWERS = 500;
/** The dictionary answers at once or is not there. */
const TIMEOUT_MS = 5000;

/** What the hub's dictionary says of words, each asked once. */
export interface Dictionary {
  /** One line; undefined when it knows no such word, or does not answer. */
  lookUp(word: string): Promise<string | undefined>;
}

export function createDictionary(connection: Connection, signal: AbortSignal): Dictionary {
  const answers = new Map<string, Promise<string | undefined>>();

  async function ask(word: string): Promise<string | undefined> {
    const run = connection.run("tr", [word], {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const lines: string[] = [];
    for await (const piece of run) if (piece.type === "text" && piece.text !== "") lines.push(piece.text);
    return (await run.status) === 0 && lines.length > 0 ? sanitizeLine(lines.join(" "), 400) : undefined;
  }

  return {
    lookUp(word) {
      const key = word.toLowerCase();
      const known = answers.get(key);
      if (known !== undefined) return known;
      const answer = ask(word).catch(() => {
        // Not known is an answer; not answered is none, and is asked again.
        answers.delete(key);
        return undefined;
      });
      answers.set(key, answer);
      const [oldest] = answers.keys();
      if (answers.size > MAX_ANSWERS && oldest !== undefined) answers.delete(oldest);
      return answer;
    },
  };
}
