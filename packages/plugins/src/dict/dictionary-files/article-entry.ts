import { parseDefinitions } from "../definitions.ts";
import type { Definition } from "../entry.ts";
import { foldText } from "../fold.ts";
import type { ArticleParts } from "./article-text.ts";

/** Of a long text; the whole is there for DICT clients. */
const maxDefinitions = 40;
const maxTextLength = 4000;
/** A line as long as this was wrapped, and goes on in the next one. */
const wrappedLength = 55;

/** Makes of a text what an answer shows: the pronunciation, and one definition a paragraph. */
export function readArticle(
  word: string,
  parts: ArticleParts,
): { readonly phonetic?: string; readonly definitions: readonly Definition[] } {
  const paragraphs = joinWrapped(parts.text.slice(0, maxTextLength).split("\n"));
  const first = paragraphs[0] === undefined ? "" : withoutHeadword(paragraphs[0], word);
  const spoken = /^(?:\/([^/]{1,80})\/|\[([^\]]{1,80})\])\s*/u.exec(first);
  const phonetic = parts.phonetic ?? spoken?.[1] ?? spoken?.[2];
  const rest = spoken ? first.slice(spoken[0].length) : first;
  const definitions = [rest, ...paragraphs.slice(1)]
    .filter((line) => line !== "")
    .slice(0, maxDefinitions)
    .flatMap((line) => parseDefinitions(line.replaceAll("\\", "\\\\")));
  return { ...(phonetic !== undefined && { phonetic }), definitions };
}

function joinWrapped(lines: readonly string[]): string[] {
  const paragraphs: string[] = [];
  let wrapped = false;
  for (const line of lines) {
    const text = line.trim();
    const goesOn = wrapped && text !== "" && !/^(?:\d+[.)]|[-*•(])/u.test(text);
    if (goesOn) paragraphs[paragraphs.length - 1] += ` ${text}`;
    else if (text !== "") paragraphs.push(text);
    wrapped = line.length >= wrappedLength;
  }
  return paragraphs;
}

/** Many texts begin with their headword, which an answer shows anyway. */
function withoutHeadword(line: string, word: string): string {
  const begins = foldText(line.slice(0, word.length)) === foldText(word);
  const rest = line.slice(word.length);
  return begins && /^(?:[\s,.;:]|$)/u.test(rest) ? rest.replace(/^[\s,.;:]+/u, "") : line;
}
