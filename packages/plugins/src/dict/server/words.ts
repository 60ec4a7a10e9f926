/**
 * Splits a line into words as RFC 2229, 2.2 has them: parts in double or single quotes may hold blanks, a backslash
 * takes the next character as it is.
 * @returns undefined when a quote is not closed.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const character = line[at]!;
    if (character === "\\" && at + 1 < line.length) word = (word ?? "") + line[++at]!;
    else if (character === quote) quote = undefined;
    else if (quote !== undefined) word += character;
    else if (character === '"' || (character === "'" && word === undefined)) {
      quote = character;
      word ??= "";
    } else if (character === " " || character === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** Writes a word so that it is read back as it was. */
export function quoteWord(word: string): string {
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}
