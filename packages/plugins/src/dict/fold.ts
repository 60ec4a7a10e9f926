import type { Query } from "./entry.ts";

const plainWord = /^[a-z]+$/;
const ascii = /^[ -~]*$/;

/** Case, width and runs of blanks do not matter: `Ｉｃｅ  Cream` is `ice cream`. */
export function foldText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/gu, " ").trim();
}

/**
 * What words are looked up by: only letters and digits, without case, width and accents, so that
 * `ice-cream`, `Ice Cream!` and `icecream` meet. Where several headwords share a key, `foldText` decides.
 */
export function keyOf(text: string): string {
  if (plainWord.test(text)) return text;
  const key = ascii.test(text)
    ? text.toLowerCase().replace(/[^a-z0-9]+/g, "")
    : foldText(text)
        .normalize("NFKD")
        .replace(/[\u0300-\u036f]/g, "")
        .normalize("NFC")
        .replace(/[^\p{L}\p{N}\p{M}]/gu, "");
  return key === "" ? foldText(text) : key;
}

/** Folds a word once for all dictionaries. */
export function toQuery(text: string): Query {
  return { text, folded: foldText(text), key: keyOf(text) };
}

/** Decides the direction: Chinese to English, or English to Chinese. */
export function isHan(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

/** Data files are input as well: no control, no invisible and no direction mark of theirs reaches a terminal. */
export function cleanText(text: string): string {
  return text
    .replace(/[\u200b\ufeff]/g, "")
    .replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ")
    .trim();
}
