import type { DatabaseSync } from "node:sqlite";
import { cleanText, keyOf } from "../fold.ts";
import { headwordStage } from "./headword-stage.ts";
import { readJsonRecords } from "./json-records.ts";
import type { DataFile } from "./source-data.ts";
import type { Stage } from "./stage.ts";

interface CedictRecord {
  readonly traditional: string;
  readonly simplified: string;
  readonly pinyin: string;
  readonly english: readonly string[];
}

/** What a key of `cedict_key` is: the word as it is written, or how it is said. */
export const keyKinds = { written: 0, pinyin: 1 } as const;

export function cedictStages(file: DataFile): Stage[] {
  return [
    {
      name: "cedict",
      dictionary: "cedict",
      version: file.version,
      weight: 3,
      clear: (database) => database.exec("DELETE FROM cedict; DELETE FROM cedict_key"),
      run: (database, position) => importRecords(database, file, position),
    },
    headwordStage(
      "cedict",
      file.version,
      "SELECT simplified AS word FROM cedict UNION SELECT traditional FROM cedict",
    ),
  ];
}

async function* importRecords(database: DatabaseSync, file: DataFile, start: number) {
  const insertEntry = database.prepare("INSERT INTO cedict VALUES (NULL, ?, ?, ?, ?)");
  const insertKey = database.prepare("INSERT INTO cedict_key VALUES (?, ?, ?)");
  for await (const { records, position } of readJsonRecords(file.path, start)) {
    for (const { traditional, simplified, pinyin, english } of records as readonly CedictRecord[]) {
      const { lastInsertRowid: id } = insertEntry.run(
        cleanText(simplified),
        cleanText(traditional),
        cleanText(pinyin),
        cleanText(english.join("/")),
      );
      for (const written of new Set([keyOf(simplified), keyOf(traditional)])) {
        insertKey.run(written, keyKinds.written, id);
      }
      insertKey.run(pinyinKey(pinyin), keyKinds.pinyin, id);
    }
    yield { position, fraction: position / file.bytes };
  }
}

/** Pinyin without tones and blanks; `ü` is written `u:` in the data and `v` on keyboards. */
export function pinyinKey(pinyin: string): string {
  return keyOf(pinyin.toLowerCase().replaceAll("u:", "v").replaceAll("ü", "v").replace(/[1-5]/g, ""));
}
