import type { Connection } from "@palaver/client";
import type { Words } from "../i18n/words.ts";
import { type Progress, progressOf } from "../text/progress.ts";
import { sanitizeLine } from "../text/sanitize.ts";

/** Answers that are kept; the oldest goes first. */
const MAX_ANSWERS = 500;
/** The dictionary answers at once or is not there. */
const TIMEOUT_MS = 5000;

/** What the hub's dictionary says of words, each asked once. */
export interface Dictionary {
  /**
   * One line; undefined when it knows no such word, or does not answer. While the hub builds its dictionary the answer waits
   * for it, and `onProgress` is told how far that is.
   */
  lookUp(word: string, onProgress?: (progress: Progress) => void): Promise<string | undefined>;
}

export function createDictionary(connection: Connection, words: Words, signal: AbortSignal): Dictionary {
  const answers = new Map<string, Promise<string | undefined>>();
  /** Of the look-ups under way; the dictionary is one for all of them. */
  const listeners = new Set<(progress: Progress) => void>();

  async function ask(word: string): Promise<string | undefined> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), TIMEOUT_MS);
    try {
      const run = connection.run("tr", [word], { signal: AbortSignal.any([signal, patience.signal]) });
      const lines: string[] = [];
      for await (const piece of run) {
        const progress = progressOf(piece, words);
        if (progress !== undefined) {
          // It is there, and ends the look-up by its own limit.
          clearTimeout(timer);
          for (const listener of listeners) listener(progress);
        } else if (piece.type === "text" && piece.text !== "") lines.push(piece.text);
      }
      return (await run.status) === 0 && lines.length > 0 ? sanitizeLine(lines.join(" "), 400) : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  function answerTo(word: string): Promise<string | undefined> {
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
  }

  return {
    async lookUp(word, onProgress) {
      if (onProgress === undefined) return answerTo(word);
      listeners.add(onProgress);
      try {
        return await answerTo(word);
      } finally {
        listeners.delete(onProgress);
      }
    },
  };
}
