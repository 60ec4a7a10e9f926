/** Words in the order of their frequency, packed so that a hundred thousand take one megabyte. */
export interface NearWords {
  /** The likeliest words within two typing errors of an unknown one. */
  find(word: string, limit: number): string[];
  list(prefix: string, limit: number): string[];
  /** The word with this place in the order of frequency, counted on from the first after the last. */
  at(place: number): string | undefined;
}

/** Longer words are left out: their typing errors are found by nobody. */
const maxWordBytes = 32;
const newline = 10;

/** Packs the words that consist of `a` to `z` and digits; others have no near words here. */
export function packWords(words: Iterable<string>): Uint8Array {
  const packed: string[] = [];
  for (const word of words) {
    if (/^[a-z0-9]{2,32}$/.test(word)) packed.push(word);
  }
  return Buffer.from(packed.join("\n"), "latin1");
}

/** Reads what `packWords` made. */
export function createNearWords(packed: Uint8Array): NearWords {
  const text = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const { starts, letters } = indexWords(text);
  const count = letters.length;
  const wordAt = (index: number) => text.toString("latin1", starts[index], starts[index + 1]! - 1);

  return {
    at: (place) => (count === 0 ? undefined : wordAt(place % count)),

    list(prefix, limit) {
      const found: string[] = [];
      for (let index = 0; index < count && found.length < limit; index++) {
        const start = starts[index]!;
        if (text[start] !== prefix.charCodeAt(0)) continue;
        const word = wordAt(index);
        if (word.startsWith(prefix)) found.push(word);
      }
      return found;
    },

    find(word, limit) {
      const length = word.length;
      if (length < 2 || length > maxWordBytes || !/^[a-z0-9]+$/.test(word)) return [];
      // Two errors in a short word make any other short word of it.
      const maxErrors = length < 5 ? 1 : 2;
      const asked = Buffer.from(word, "latin1");
      const askedLetters = lettersOf(asked, 0, length);
      const found: { word: string; cost: number }[] = [];
      for (let index = 0; index < count; index++) {
        const start = starts[index]!;
        const otherLength = starts[index + 1]! - 1 - start;
        if (Math.abs(otherLength - length) > maxErrors) continue;
        const otherLetters = letters[index]!;
        if (!isFew(askedLetters & ~otherLetters) || !isFew(otherLetters & ~askedLetters)) continue;
        const errors = countErrors(asked, text, start, otherLength, maxErrors);
        if (errors > maxErrors || errors === 0) continue;
        const other = wordAt(index);
        // The order of the words is their frequency and settles equal costs.
        found.push({ word: other, cost: errors === 1 ? costOfOne(word, other) : costOfTwo(word, other) });
      }
      return found
        .toSorted((a, b) => a.cost - b.cost)
        .slice(0, limit)
        .map((one) => one.word);
    },
  };
}

function indexWords(text: Buffer): { starts: Uint32Array; letters: Uint32Array } {
  let count = text.length === 0 ? 0 : 1;
  for (let at = text.indexOf(newline); at >= 0; at = text.indexOf(newline, at + 1)) count++;
  const starts = new Uint32Array(count + 1);
  const letters = new Uint32Array(count);
  let start = 0;
  for (let index = 0; index < count; index++) {
    const newlineAt = text.indexOf(newline, start);
    const end = newlineAt < 0 ? text.length : newlineAt;
    starts[index] = start;
    letters[index] = lettersOf(text, start, end);
    start = end + 1;
  }
  starts[count] = start;
  return { starts, letters };
}

/** One bit a letter, one for all digits: two errors change at most two bits either way. */
function lettersOf(text: Uint8Array, start: number, end: number): number {
  let bits = 0;
  for (let at = start; at < end; at++) {
    const code = text[at]!;
    bits |= 1 << (code >= 97 ? code - 97 : 26);
  }
  return bits;
}

/** True when at most two bits are set; most words are told apart here. */
function isFew(bits: number): boolean {
  const rest = bits & (bits - 1);
  return (rest & (rest - 1)) === 0;
}

const width = maxWordBytes + 1;
const rows = new Uint8Array(width * width);

/** Insertions, deletions, substitutions and transpositions (optimal string alignment); past `max` it stops counting. */
function countErrors(
  asked: Uint8Array,
  text: Uint8Array,
  start: number,
  length: number,
  max: number,
): number {
  for (let column = 0; column <= length; column++) rows[column] = column;
  for (let row = 1; row <= asked.length; row++) {
    const line = row * width;
    const above = line - width;
    const letter = asked[row - 1];
    rows[line] = row;
    let least = row;
    for (let column = 1; column <= length; column++) {
      const other = text[start + column - 1];
      let errors = Math.min(
        rows[above + column]! + 1,
        rows[line + column - 1]! + 1,
        rows[above + column - 1]! + (letter === other ? 0 : 1),
      );
      if (row > 1 && column > 1 && letter === text[start + column - 2] && asked[row - 2] === other) {
        errors = Math.min(errors, rows[above - width + column - 2]! + 1);
      }
      rows[line + column] = errors;
      if (errors < least) least = errors;
    }
    if (least > max) return least;
  }
  return rows[asked.length * width + length]!;
}

// People swap neighbours and miscount doubled letters most, then drop or add one, then mistake one for
// another; they rarely mistake the first letter.
function costOfOne(asked: string, other: string): number {
  const first = asked[0] === other[0] ? 0 : 2;
  let at = 0;
  while (asked[at] === other[at]) at++;
  if (asked.length === other.length) {
    return first + (asked.slice(at + 1) === other.slice(at + 1) ? 2 : 0);
  }
  const longer = asked.length > other.length ? asked : other;
  return first + (longer[at] === longer[at - 1] ? 0 : 1);
}

function costOfTwo(asked: string, other: string): number {
  return 5 + (asked[0] === other[0] ? 0 : 2) + (asked.length === other.length ? 0 : 1);
}
