import type { Log } from "@palaver/plugin-api";
import { createAnswerCache } from "../answer-cache.ts";
import type { Article } from "../entry.ts";
import { cleanText } from "../fold.ts";
import { askServer } from "./dict-client.ts";
import type { ServerAddress } from "./server-address.ts";

/** A DICT server, with what it said before. */
export interface Upstream {
  readonly name: string;
  /** The articles of a word; undefined when the server cannot be asked now. Never rejects. */
  define(word: string): Promise<readonly Article[] | undefined>;
}

const maxWordBytes = 128;
const maxCached = 2048;
/** An article takes some KB. */
const maxCachedBytes = 16 * 1024;
const keepFoundMs = 24 * 3_600_000;
const keepMissedMs = 600_000;
/** A server that failed is left alone for so long. */
const restMs = 30_000;
const maxUnderWay = 16;

interface Kept {
  readonly articles: readonly Article[];
  readonly until: number;
}

/** @param now milliseconds of a clock that does not jump. */
export function createUpstream(
  server: ServerAddress,
  timeoutMs: number,
  log: Log,
  now: () => number,
): Upstream {
  const cache = createAnswerCache<Kept>(maxCached);
  const underWay = new Map<string, Promise<readonly Article[] | undefined>>();
  let restsUntil = -Infinity;

  const ask = async (word: string): Promise<readonly Article[] | undefined> => {
    try {
      const found = await askServer(server, word, timeoutMs);
      const articles = found.map((article) => ({
        word: cleanText(article.word.slice(0, maxWordBytes)),
        text: article.text.split("\n").map(cleanLine).join("\n"),
      }));
      const bytes = articles.reduce((sum, { text }) => sum + text.length, 0);
      const keepMs = articles.length > 0 ? keepFoundMs : keepMissedMs;
      if (bytes <= maxCachedBytes) cache.set(word, { articles, until: now() + keepMs });
      return articles;
    } catch (error) {
      // Words that were under way together fail together; it is said once.
      if (now() >= restsUntil) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(`The DICT server ${server.name} is left alone for ${restMs / 1000} s: ${reason}`, {
          server: server.name,
        });
      }
      restsUntil = now() + restMs;
      return undefined;
    }
  };

  return {
    name: server.name,
    async define(word) {
      if (word === "" || Buffer.byteLength(word) > maxWordBytes) return [];
      const kept = cache.get(word);
      if (kept && now() < kept.until) return kept.articles;
      const asked = underWay.get(word);
      if (asked) return asked;
      if (now() < restsUntil || underWay.size >= maxUnderWay) return undefined;
      const asking = ask(word).finally(() => underWay.delete(word));
      underWay.set(word, asking);
      return asking;
    },
  };
}

/** A foreign server's text is input too; its indentation stays. */
function cleanLine(line: string): string {
  const text = cleanText(line);
  return text === "" ? "" : " ".repeat(Math.min(line.length - line.trimStart().length, 40)) + text;
}
