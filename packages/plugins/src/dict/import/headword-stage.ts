import type { DatabaseSync } from "node:sqlite";
import { packHeadwords } from "../headwords.ts";
import type { DictionaryName, Stage } from "./stage.ts";

/** Packs the headwords of a dictionary that has been imported. @param select gives its column `word`. */
export function headwordStage(dictionary: DictionaryName, version: string, select: string): Stage {
  return {
    name: `${dictionary}-headwords`,
    dictionary,
    version,
    weight: 1,
    run: (database) => pack(database, dictionary, select),
  };
}

// eslint-disable-next-line typescript/require-await
async function* pack(database: DatabaseSync, dictionary: DictionaryName, select: string) {
  const words = database.prepare(select).iterate();
  const packed = packHeadwords(words.map((row) => String(row["word"])));
  database.prepare("INSERT OR REPLACE INTO headwords VALUES (?, ?)").run(dictionary, packed);
  yield { position: 0, fraction: 1 };
}
