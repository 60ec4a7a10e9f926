import { cleanText } from "../fold.ts";

/** The parts of a headword's text that can be read. */
export interface ArticleParts {
  readonly text: string;
  readonly phonetic?: string;
}

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
/** Types of StarDict whose parts end with a NUL. `n` is WordNet's own format, readable as it is. */
/** Of a pronunciation; a longer one is something else. */
const maxPhoneticLength = 100;
const textTypes = "mltgxykwhn";
const markupTypes = "gxkhw";

/**
 * Reads the text of a StarDict entry: parts of the types `sameTypes`, or each behind a letter of its own. Pictures,
 * sounds and lists of resources are left out. What is cut off or of an unknown type ends the text.
 */
export function readStarDictArticle(bytes: Buffer, sameTypes: string | undefined): ArticleParts {
  const texts: string[] = [];
  let phonetic: string | undefined;
  let at = 0;
  for (let part = 0; at < bytes.length; part++) {
    const type = sameTypes === undefined ? String.fromCharCode(bytes[at++]!) : sameTypes[part];
    if (type === undefined) break;
    // The last of parts whose types are known needs no end.
    const isOpen = sameTypes !== undefined && part === sameTypes.length - 1;
    if (/[A-Z]/.test(type)) {
      if (isOpen || at + 4 > bytes.length) break;
      at += 4 + bytes.readUInt32BE(at);
      continue;
    }
    const zero = isOpen ? -1 : bytes.indexOf(0, at);
    const end = zero < 0 ? bytes.length : zero;
    const text = bytes.toString("utf8", at, end);
    at = end + 1;
    if (type === "t") phonetic = text.length <= maxPhoneticLength ? cleanText(text) : undefined;
    else if (markupTypes.includes(type)) texts.push(removeMarkup(text));
    else if (textTypes.includes(type)) texts.push(text);
  }
  return { text: tidy(texts.join("\n")), ...(phonetic && { phonetic }) };
}

export function readDictdArticle(bytes: Buffer): ArticleParts {
  return { text: tidy(bytes.toString("utf8")) };
}

/** Takes tags out of XML, HTML and Pango markup, and puts the characters of entities in. */
export function removeMarkup(text: string): string {
  return text
    .replace(/<(?:br|\/p|\/div|\/li|\/tr|\/def|\/k|\/ex)\b[^<>]{0,200}>/gi, "\n")
    .replace(/<(?:\/?[a-z!][^<>]{0,2000})>/gi, "")
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,5}));/gi, (whole, decimal, hex, name) => {
      if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** Lines without controls and direction marks, with their indentation; at most one blank line in a row. */
function tidy(text: string): string {
  return text
    .split(/\r?\n|\r/)
    .map((line) => {
      const indent = /^[ \t]*/.exec(line)![0].replaceAll("\t", "    ");
      return cleanText(line) === "" ? "" : indent + cleanText(line);
    })
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\n+$/g, "");
}
