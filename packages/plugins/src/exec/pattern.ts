import { createContext, Script } from "node:vm";

/** A pattern that takes longer on one word is a pattern that some word can stop the hub with. */
const MATCH_TIMEOUT_MS = 50;

const sandbox = createContext({});
const script = new Script("pattern.test(word)");

/**
 * Compiles an operator's pattern, which has to match the whole word.
 * @throws {SyntaxError} when it is no regular expression of the `u` flavour.
 */
export function compilePattern(source: string): RegExp {
  // By itself first: `a)|(b` would be whole only together with our own parentheses, and match more than it says.
  const bare = new RegExp(source, "u");
  return new RegExp(`^(?:${bare.source})$`, "u");
}

/**
 * Matches under a time limit, since `(a+)+` takes years on the wrong word; too slow is no match. The limit passes on the
 * clock: on a busy machine also when the match never had the processor, and then it gets another turn.
 */
export function isMatch(pattern: RegExp, word: string): boolean {
  Object.assign(sandbox, { pattern, word });
  const before = process.threadCpuUsage();
  for (;;) {
    try {
      return script.runInContext(sandbox, { timeout: MATCH_TIMEOUT_MS }) === true;
    } catch {
      const { user, system } = process.threadCpuUsage(before);
      if ((user + system) / 1000 >= MATCH_TIMEOUT_MS / 2) return false;
    }
  }
}
