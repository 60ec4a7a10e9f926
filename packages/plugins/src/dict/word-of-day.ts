import { createHash } from "node:crypto";
import { Refusal } from "@palaver/plugin-api";
import type { Catalogue } from "./catalogue.ts";
import { toQuery } from "./fold.ts";

/** Tells the word of a day, the same for everybody: from the first dictionary that has any. */
export function createWordOfDay(catalogue: Catalogue): (day: Date) => string {
  return (day) => {
    const date = `${day.getFullYear()}-${day.getMonth() + 1}-${day.getDate()}`;
    const seed = createHash("sha256").update(date).digest().readUInt32BE();
    const sources = catalogue.sources(toQuery("a"));
    // Where an English dictionary is, its words are ordered by use; the operator's own are few.
    const [best, ...others] = sources.toSorted(
      (a, b) => Number(catalogue.isOwn(a)) - Number(catalogue.isOwn(b)),
    );
    for (const source of best ? [best, ...others] : []) {
      const word = source.pick(seed);
      if (word !== undefined) return word;
    }
    throw new Refusal("There is no dictionary with a word of the day.", "NOT_FOUND");
  };
}
