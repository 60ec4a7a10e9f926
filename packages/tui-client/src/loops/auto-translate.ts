import type { Connection } from "@palaver/client";
import type { ChatAction } from "../store/actions.ts";
import { wordsOf } from "../text/word-segments.ts";
import type { Dictionary } from "./dictionary.ts";

/** Longer messages are not looked up, whatever they are made of. */
const MAX_LENGTH = 40;
/** Look-ups at the same time; while as many run, further messages are not translated. */
const MAX_UNDER_WAY = 8;
/** Older ones are history. */
const MAX_AGE_MS = 60_000;

/** Puts a translation below messages of others that are a single word. */
export function translateSingleWords(
  connection: Connection,
  dictionary: Dictionary,
  dispatch: (action: ChatAction) => void,
): void {
  let underWay = 0;
  connection.on("message", ({ room, seq, at, from, kind, text }) => {
    if (kind !== "say" || from === connection.nick || seq === 0 || text.length > MAX_LENGTH) return;
    const [word, ...more] = wordsOf(text);
    if (word === undefined || more.length > 0 || underWay >= MAX_UNDER_WAY || Date.now() - at > MAX_AGE_MS)
      return;
    underWay++;
    void translate(room, seq, word.text).finally(() => underWay--);
  });

  async function translate(room: string, seq: number, word: string): Promise<void> {
    const answer = await dictionary.lookUp(word);
    if (answer !== undefined) dispatch({ type: "translated", room, seq, text: answer });
  }
}
