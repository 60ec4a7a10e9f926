/** One sense of a headword. */
export interface Definition {
  /** Part of speech or subject as the dictionary has it: `n.`, `vt.`, `[医]`. */
  readonly pos?: string;
  readonly text: string;
}

export type SourceName = "files" | "ecdict" | "cedict";

/** One headword of one dictionary. */
export interface Entry {
  readonly source: SourceName;
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

/** One dictionary. Every method answers at once. */
export interface Source {
  readonly name: SourceName;
  /** The best entry first; empty when the word is unknown. */
  find(query: Query): readonly Entry[];
  /** Headwords that begin so, the frequent ones first. */
  list(prefix: Query, limit: number): readonly Entry[];
  /** Headwords that resemble an unknown word, the likeliest first. */
  near(query: Query, limit: number): readonly string[];
}
