/**
 * Words as a shell takes them: blanks stand between them, `'…'` and `"…"` hold them together, and `\` takes the next
 * character as it is. A quote that is not closed goes to the end.
 */
export function splitWords(text: string): string[] {
  const words = text.match(/(?:\\[^]?|'[^']*'?|"(?:\\[^]|[^"\\])*"?|[^\s\\'"])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /\\([^]?)|'([^']*)'?|"((?:\\[^]|[^"\\])*)"?/g,
      (_, escaped?: string, single?: string, double?: string) =>
        escaped ?? single ?? (double ?? "").replace(/\\([^])/g, "$1"),
    ),
  );
}

/** A word so that `splitWords` gives it back. */
export function quoteWord(word: string): string {
  return word.replace(/[\s\\'"]/g, "\\$&");
}
