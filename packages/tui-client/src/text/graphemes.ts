// It takes 10 ms to make, and most texts need none.
let made: Intl.Segmenter | undefined;
const segments = (text: string) =>
  (made ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })).segment(text);

/** The text cut where a cursor may stand. */
export function graphemesOf(text: string): string[] {
  return Array.from(segments(text), ({ segment }) => segment);
}

/** The nearest place before `index` where a cursor may stand; 0 at the start. */
export function previousBoundary(text: string, index: number): number {
  return index <= 0 ? 0 : (segments(text).containing(index - 1)?.index ?? 0);
}

/** The nearest place after `index` where a cursor may stand; the length at the end. */
export function nextBoundary(text: string, index: number): number {
  const at = segments(text).containing(index);
  return at === undefined ? text.length : at.index + at.segment.length;
}

/** `index` itself when a cursor may stand there, else the end of the grapheme it cuts. */
export function boundaryAtOrAfter(text: string, index: number): number {
  const at = segments(text).containing(index);
  return at === undefined || at.index === index ? Math.min(index, text.length) : at.index + at.segment.length;
}
