// Chinese and others put no blanks between words: a name of such letters is found anywhere.
const WITHOUT_BLANKS = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}`;
const startsWithout = new RegExp(`^[${WITHOUT_BLANKS}]`, "u");
const endsWithout = new RegExp(`[${WITHOUT_BLANKS}]$`, "u");

/** Where a text names somebody, as pairs of indices; whatever the case, never inside a longer word. */
export function findMentions(text: string, nick: string | undefined): [from: number, to: number][] {
  const bare = nick?.replace(/^~/, "") ?? "";
  if (bare === "" || !text.toLowerCase().includes(bare.toLowerCase())) return [];
  const escaped = bare.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  const before = startsWithout.test(bare) ? "" : String.raw`(?<![[\p{L}\p{N}_]--[${WITHOUT_BLANKS}]])`;
  const behind = endsWithout.test(bare) ? "" : String.raw`(?![[\p{L}\p{N}_]--[${WITHOUT_BLANKS}]])`;
  const name = new RegExp(`${before}[@~]?${escaped}${behind}`, "giv");
  return Array.from(text.matchAll(name), (match) => [match.index, match.index + match[0].length]);
}
