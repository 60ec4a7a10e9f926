/** One sense of a headword. */
export interface Definition {
  /** Part of speech or subject as the dictionary has it: `n.`, `vt.`, `[医]`. */
  readonly pos?: string;
  readonly text: string;
}

/** One headword of one dictionary. */
export interface Entry {
  /** The dictionary's name. */
  readonly source: string;
  readonly word: string;
  /** The other script of a Chinese headword, where it differs. */
  readonly variant?: string;
  readonly phonetic?: string;
  readonly definitions: readonly Definition[];
  /** The form that was asked for, when the headword is its lemma: `ran` for `run`. */
  readonly form?: string;
}

/** A word as it was asked for, folded once for all dictionaries. */
export interface Query {
  readonly text: string;
  readonly folded: string;
  readonly key: string;
}

/** A headword's whole text, as a DICT client shows it. */
export interface Article {
  readonly word: string;
  readonly text: string;
}

/** Ways to match headwords that look through all of them. */
export type ScanStrategy = "suffix" | "substring" | "soundex";

/** One dictionary. Every method answers at once. */
export interface Source {
  /** As `-d` and DICT clients write it. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** The language it translates into, where that is known: `en`, `zh`. */
  readonly to?: string;
  /** The best entry first; empty when the word is unknown. */
  find(query: Query): readonly Entry[];
  /** Headwords that begin so, the frequent ones first. */
  list(prefix: Query, limit: number): readonly Entry[];
  /** Headwords that resemble an unknown word, the likeliest first. */
  near(query: Query, limit: number): readonly string[];
  /** Headwords that match; takes milliseconds in a large dictionary. */
  match(strategy: ScanStrategy, query: Query, limit: number): readonly string[];
  /** A headword that any number picks, for the word of the day. */
  pick(seed: number): string | undefined;
  /** The dictionary's own text of a word; where it has none, the entries are the text. */
  articles?(query: Query): readonly Article[];
  /** Who made it, and its licence. */
  readonly about?: string;
}
