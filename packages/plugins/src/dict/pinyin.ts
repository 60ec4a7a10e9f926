const marks: Readonly<Record<string, string>> = {
  a: "āáǎà",
  e: "ēéěè",
  i: "īíǐì",
  o: "ōóǒò",
  u: "ūúǔù",
  ü: "ǖǘǚǜ",
};

/** Writes CC-CEDICT's numbered pinyin with tone marks: `lu:4 se4` becomes `lǜ sè`. */
export function markTones(pinyin: string): string {
  return pinyin.replace(/([a-zü:]+)([1-5])/giu, (_, letters: string, tone: string) =>
    markSyllable(letters.replaceAll("u:", "ü").replaceAll("U:", "Ü"), Number(tone)),
  );
}

// The mark stands on a or e, on the o of ou, else on the last vowel.
function markSyllable(syllable: string, tone: number): string {
  if (tone === 5) return syllable;
  const lower = syllable.toLowerCase();
  const strong = lower.search(/[ae]|o(?=u)/u);
  const at = strong >= 0 ? strong : lower.search(/[aeiouü](?=[^aeiouü]*$)/u);
  const vowel = lower[at];
  const marked = vowel === undefined ? undefined : marks[vowel]?.[tone - 1];
  if (marked === undefined) return syllable;
  const cased = syllable[at] === vowel ? marked : marked.toUpperCase();
  return syllable.slice(0, at) + cased + syllable.slice(at + 1);
}
