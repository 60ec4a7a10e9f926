import type { Entry } from "./entry.ts";
import { isHan } from "./fold.ts";

/** A piece of a text, with its entry where it is a known word. */
export interface TextPart {
  readonly text: string;
  readonly entry?: Entry;
}

/** Longer texts are not looked up word by word: an answer holds no more. */
const maxWords = 24;
const maxHanCharacters = 40;
/** The longest phrase, in words, and the longest Chinese word, in characters. */
const maxPhraseWords = 4;
const maxHanWord = 8;

/**
 * Splits a text into the longest known phrases and words. Chinese needs no blanks between them.
 * @returns no part when the text is one word, or too long.
 */
export function splitIntoWords(text: string, find: (part: string) => Entry | undefined): readonly TextPart[] {
  const words = text
    .split(/\s+/u)
    .map(trimPunctuation)
    .filter((word) => word !== "");
  const characters = words.reduce((sum, word) => sum + (isHan(word) ? Array.from(word).length : 0), 0);
  if (words.length > maxWords || characters > maxHanCharacters) return [];
  const parts =
    characters === 0
      ? longestFirst(words, " ", maxPhraseWords, find)
      : words.flatMap((word) =>
          isHan(word)
            ? longestFirst(Array.from(word), "", maxHanWord, find)
            : longestFirst([word], "", 1, find),
        );
  return parts.length > 1 ? parts : [];
}

function longestFirst(
  pieces: readonly string[],
  separator: string,
  maxPieces: number,
  find: (part: string) => Entry | undefined,
): TextPart[] {
  const parts: TextPart[] = [];
  for (let at = 0; at < pieces.length;) {
    let count = Math.min(maxPieces, pieces.length - at);
    let text = pieces.slice(at, at + count).join(separator);
    let entry = find(text);
    while (!entry && count > 1) {
      count--;
      text = pieces.slice(at, at + count).join(separator);
      entry = find(text);
    }
    parts.push(entry ? { text, entry } : { text });
    at += count;
  }
  return parts;
}

function trimPunctuation(word: string): string {
  return word.replace(/^[\p{P}\p{S}]+|[\p{P}\p{S}]+$/gu, "");
}
