let segmenter: Intl.Segmenter | undefined;

export interface WordSegment {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The words of a text, also where no blanks stand between them. */
export function wordsOf(text: string): WordSegment[] {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "word" });
  return Array.from(segmenter.segment(text))
    .filter(({ isWordLike }) => isWordLike === true)
    .map(({ segment, index }) => ({ text: segment, from: index, to: index + segment.length }));
}
