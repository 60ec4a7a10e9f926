import { readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { parseCsvLine } from "./csv.ts";
import { cleanText, keyOf } from "../fold.ts";
import { readLines } from "./file-lines.ts";
import { packWords } from "../near-words.ts";
import type { DataFile, SourceData } from "./source-data.ts";
import { headwordStage } from "./headword-stage.ts";
import type { Stage } from "./stage.ts";

/** Frequent words come first, so that nearly all of what people ask for is answered after a second. */
export function ecdictStages(data: Pick<SourceData, "ecdict" | "lemmas">): Stage[] {
  const version = data.ecdict.version;
  return [
    {
      name: "ecdict-common",
      dictionary: "ecdict",
      version,
      weight: 3,
      clear: (database) => database.exec("DELETE FROM ecdict; DELETE FROM form; DELETE FROM common_words"),
      run: (database, position) => importRows(database, data, position, (rank) => rank > 0),
    },
    { name: "ecdict-near", dictionary: "ecdict", version, weight: 0, run: packCommonWords },
    {
      name: "ecdict-rest",
      dictionary: "ecdict",
      version,
      weight: 8,
      run: (database, position) => importRows(database, data, position, (rank) => rank === 0),
    },
    {
      name: "ecdict-forms",
      dictionary: "ecdict",
      version: data.lemmas.version,
      weight: 1,
      run: (database) => importForms(database, data.lemmas),
    },
    headwordStage("ecdict", version, "SELECT word FROM ecdict ORDER BY rank = 0, rank"),
  ];
}

async function* importRows(
  database: DatabaseSync,
  data: Pick<SourceData, "ecdict" | "lemmas">,
  start: number,
  wanted: (rank: number) => boolean,
) {
  const lemmas = readLemmas(data.lemmas);
  const insert = database.prepare("INSERT OR REPLACE INTO ecdict VALUES (?, ?, ?, ?, ?, ?)");
  for await (const { lines, position } of readLines(data.ecdict.path, start)) {
    for (const line of lines) {
      const [word = "", phonetic = "", , translation = "", , , , , bnc, frq, exchange = ""] =
        parseCsvLine(line);
      const rank = rankOf(Number(bnc), Number(frq));
      if (translation === "" || rank === undefined || !wanted(rank)) continue;
      const key = keyOf(word);
      const lemma = /(?:^|\/)0:([^/]*)/.exec(exchange)?.[1] ?? lemmas.get(word) ?? "";
      insert.run(
        key,
        cleanText(word),
        rank,
        // The data mixes a Cyrillic letter in for the schwa.
        cleanText(phonetic).replaceAll("ә", "ə"),
        cleanText(translation),
        keyOf(lemma) === key ? "" : cleanText(lemma),
      );
    }
    yield { position, fraction: position / data.ecdict.bytes };
  }
}

/** Place in the order of frequency, 0 for words that were not counted, undefined for what is no record: the header. */
function rankOf(bnc: number, frq: number): number | undefined {
  if (Number.isNaN(bnc + frq)) return undefined;
  return bnc > 0 && frq > 0 ? Math.min(bnc, frq) : Math.max(bnc, frq);
}

/** Forms and their lemma; a form of several belongs to the most frequent one. */
function readLemmas(file: DataFile): Map<string, string> {
  const lemmas = new Map<string, { lemma: string; frequency: number }>();
  for (const line of readFileSync(file.path, "utf8").split("\n")) {
    const match = /^([^;/]+)\/(\d+) -> (.+)$/.exec(line.trim());
    if (!match?.[1] || !match[3]) continue;
    const entry = { lemma: match[1], frequency: Number(match[2]) };
    for (const form of match[3].split(",")) {
      const known = lemmas.get(form);
      if (form !== entry.lemma && (!known || known.frequency < entry.frequency)) lemmas.set(form, entry);
    }
  }
  return new Map([...lemmas].map(([form, { lemma }]) => [form, lemma]));
}

// eslint-disable-next-line typescript/require-await
async function* packCommonWords(database: DatabaseSync) {
  const ranked = database.prepare("SELECT key FROM ecdict WHERE rank > 0 ORDER BY rank").iterate();
  const packed = packWords(ranked.map((row) => String(row["key"])));
  database.exec("DELETE FROM common_words");
  database.prepare("INSERT INTO common_words VALUES (?)").run(packed);
  yield { position: 0, fraction: 1 };
}

/** Forms that are no headwords themselves: `musculatures`. */
// eslint-disable-next-line typescript/require-await
async function* importForms(database: DatabaseSync, file: DataFile) {
  const headword = database.prepare("SELECT 1 FROM ecdict WHERE key = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO form VALUES (?, ?)");
  for (const [form, lemma] of readLemmas(file)) {
    const key = keyOf(form);
    if (!headword.get(key) && headword.get(keyOf(lemma))) insert.run(key, lemma);
  }
  yield { position: 0, fraction: 1 };
}
