import { Refusal } from "@palaver/plugin-api";

const maxGraphemes = 24;
// With a guest's `~` a name has 64, the most that the wire carries.
const maxBytes = 63;

// The scripts of living languages in wide use (UAX #31, table 5, "recommended"). The rest (Cherokee, Lisu, Deseret …)
// is full of letters that look Latin.
const scripts =
  "Arabic Armenian Bengali Bopomofo Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Han Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan".split(
    " ",
  );
// UTS #39, 5.2, "highly restrictive": the only mixtures that people write in one word.
const mixtures = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];

const inScripts = (names: readonly string[]): string =>
  String.raw`[0-9_.\-\p{scx=Inherited}${names.map((name) => String.raw`\p{scx=${name}}`).join("")}]`;

const ofKnownScript = new RegExp(`^${inScripts(scripts)}$`, "v");
const ofOneScript = new RegExp(
  `^(?:${[...mixtures, ...scripts.map((name) => [name])].map((names) => `${inScripts(names)}+`).join("|")})$`,
  "v",
);
// Letters, their marks, digits, and three signs. Default ignorables count as letters and marks too (the Hangul fillers
// are blanks), hence the subtraction; enclosing marks, symbols and everything blank or unassigned are outside.
const plain = /^[[\p{L}\p{Mn}\p{Mc}\p{Nd}\-_.]--\p{DI}]$/v;

const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });

/**
 * A nickname as it is shown, in Unicode's NFKC form.
 *
 * 1 to 24 characters as people count them, at most 63 bytes, in the letters of one script (Chinese, Japanese and
 * Korean may mix with Latin), with digits, `-`, `_` and `.` inside.
 * @throws {Refusal} INVALID, with a reason that quotes nothing hostile.
 */
export function parseNickname(raw: string): string {
  // Before anything whose cost grows with the length.
  if (raw.length > maxBytes) throw tooLong();
  if (!raw.isWellFormed()) throw invalid("is no valid Unicode");
  const nick = raw.normalize("NFKC");
  if (nick === "") throw invalid("is empty");
  if (Buffer.byteLength(nick) > maxBytes) throw tooLong();
  const sigil = /^[~@#/*]/.exec(nick);
  if (sigil) throw invalid(`cannot begin with ${sigil[0]}`);

  for (const character of nick) {
    if (!plain.test(character)) throw invalid(`cannot hold ${describe(character)}`);
    if (!ofKnownScript.test(character))
      throw invalid(`cannot hold ${describe(character)}, whose script is not taken`);
  }
  if (!/^[\p{L}\p{Nd}_]/v.test(nick)) throw invalid("must begin with a letter, a digit or _");
  if (!/[\p{L}\p{Nd}]/v.test(nick)) throw invalid("must hold a letter or a digit");
  if (!ofOneScript.test(nick)) throw invalid("mixes letters of different scripts, which makes look-alikes");
  if (/\p{Mn}{3}|\p{M}{4}/v.test(nick.normalize("NFD")))
    throw invalid("stacks more than two marks on a letter");
  if ([...graphemes.segment(nick)].length > maxGraphemes) throw tooLong();
  if (reserved.has(nicknameKey(nick))) throw invalid("is reserved for the hub");
  return nick;
}

// Letters that look like another one, each before its twin: Cyrillic, Greek and IPA whose small or capital form looks
// Latin (Greek ν, υ and η follow their capitals, which are the exact twins), and Katakana like Han or Hiragana.
const lookAlikes = new Map(
  (
    "аa вb еe мm нh оo рp сc тt уy хx кk ѕs іi јj һh ԁd ԛq ԝw ӏl ѵv " +
    "αa βb εe ζz ηh ιi κk μm νn οo ρp τt υy χx ςσ ɑa ɡg " +
    "エ工 オ才 カ力 タ夕 チ千 ト卜 ニ二 ハ八 ヘへ ミ三 リり ロ口 ー一"
  )
    .split(" ")
    .map(([letter = "", twin = ""]) => [letter, twin]),
);

/**
 * What nicknames are compared by: two names with the same key look alike, or differ only in case or width.
 * Takes any text; it is for comparing, not for showing.
 */
export function nicknameKey(nick: string): string {
  // Through upper case, which unites ß with ss and ı with i as full case folding does, and ẞ needs lower case first.
  const folded = nick.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase().normalize("NFD");
  let key = "";
  for (const character of folded) key += lookAlikes.get(character) ?? character;
  // The dot that Turkish İ leaves on its i is the dot that every i has.
  return key.replaceAll(/([ij])\u0307/g, "$1").normalize("NFKC");
}

const reserved: ReadonlySet<string> = new Set(
  ["hub", "server", "system", "palaver", "everyone", "here", "all"].map(nicknameKey),
);

function describe(character: string): string {
  const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  if (/^\p{White_Space}$/v.test(character)) return `a blank (${code})`;
  if (/^[!-~]$/.test(character)) return character;
  if (/^[\p{RGI_Emoji}\p{Extended_Pictographic}]$/v.test(character)) return `an emoji (${code})`;
  if (/^[\p{DI}\p{C}\u2800]$/v.test(character)) return `an invisible character (${code})`;
  return code;
}

function tooLong(): Refusal {
  return invalid(`is longer than ${maxGraphemes} characters or ${maxBytes} bytes`);
}

function invalid(reason: string): Refusal {
  return new Refusal(
    `This nickname ${reason}. Take letters of one language, digits, or - _ . between them.`,
    "INVALID",
  );
}
