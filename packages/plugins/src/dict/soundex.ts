const classes: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from("bfpv", (letter) => [letter, "B"])),
  ...Object.fromEntries(Array.from("cgjkqsxz", (letter) => [letter, "C"])),
  ...Object.fromEntries(Array.from("dt", (letter) => [letter, "D"])),
  l: "E",
  ...Object.fromEntries(Array.from("mn", (letter) => [letter, "F"])),
  r: "G",
};

/**
 * The American Soundex code of a word, its digits 0 to 6 written A to G; empty for a word without a letter of a to z.
 * Letters of one class that only h or w parts count once (National Archives, "The Soundex Indexing System").
 * @param key a word as `keyOf` gives it.
 */
export function soundexOf(key: string): string {
  const letters = key.replace(/[^a-z]+/g, "");
  const [first] = letters;
  if (first === undefined) return "";
  let code = first.toUpperCase();
  let before = classes[first];
  for (let at = 1; at < letters.length && code.length < 4; at++) {
    const letter = letters[at]!;
    if (letter === "h" || letter === "w") continue;
    const own = classes[letter];
    if (own !== undefined && own !== before) code += own;
    before = own;
  }
  return code.padEnd(4, "A");
}
