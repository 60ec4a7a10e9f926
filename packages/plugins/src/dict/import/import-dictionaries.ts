import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { cedictStages } from "./cedict-stages.ts";
import { openForImport, tryOpenDatabase } from "../database.ts";
import { ecdictStages } from "./ecdict-stages.ts";
import type { SourceData } from "./source-data.ts";
import type { DictionaryName, Stage } from "./stage.ts";

const lockPollMs = 200;

/** The steps of the import, those first that answer most questions. */
export function planStages(data: SourceData, dictionaries: readonly DictionaryName[]): Stage[] {
  const [common, near, ...rest] = ecdictStages(data);
  return [common!, near!, ...cedictStages(data.cedict), ...rest].filter((stage) =>
    dictionaries.includes(stage.dictionary),
  );
}

/** 0 to 1: how much of these stages a database holds. */
export function importedFraction(database: DatabaseSync, stages: readonly Stage[]): number {
  const select = database.prepare("SELECT version, fraction FROM stage WHERE name = ?");
  let done = 0;
  let whole = 0;
  for (const stage of stages) {
    // Stages that take no time count as well: whole is whole.
    const weight = stage.weight + 0.001;
    const row = select.get(stage.name);
    whole += weight;
    if (row?.["version"] === stage.version) done += weight * Number(row["fraction"]);
  }
  return done >= whole ? 1 : Math.min(done / whole, 0.999);
}

/**
 * Imports what is missing, in this process and without a pause for anything else: meant for a process of its own.
 * One process at a time imports into a folder; others wait for it and then find nothing left to do.
 */
export async function importDictionaries(
  directory: string,
  stages: readonly Stage[],
  onProgress: (fraction: number) => void,
): Promise<void> {
  const fraction = () => {
    using database = tryOpenDatabase(directory);
    return database ? importedFraction(database, stages) : 0;
  };
  using _lock = await acquireLock(directory, () => onProgress(fraction()));
  if (fraction() === 1) return onProgress(1);

  using database = openForImport(directory);
  for (const stage of stages) {
    for await (const _batch of runStage(database, stage)) onProgress(importedFraction(database, stages));
  }
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  onProgress(1);
}

async function* runStage(database: DatabaseSync, stage: Stage): AsyncGenerator<void> {
  const save = database.prepare("INSERT OR REPLACE INTO stage VALUES (?, ?, ?, ?)");
  const saved = database
    .prepare("SELECT version, position, fraction FROM stage WHERE name = ?")
    .get(stage.name);
  const current = saved?.["version"] === stage.version;
  if (current && saved["fraction"] === 1) return;
  const start = current ? Number(saved["position"]) : 0;
  let last = start;

  database.exec("BEGIN IMMEDIATE");
  if (!current) stage.clear?.(database);
  for await (const { position, fraction } of stage.run(database, start)) {
    save.run(stage.name, stage.version, position, Math.min(fraction, 0.999));
    database.exec("COMMIT");
    yield;
    last = position;
    database.exec("BEGIN IMMEDIATE");
  }
  save.run(stage.name, stage.version, last, 1);
  database.exec("COMMIT");
}

/** An open transaction is a lock that the system takes back from a process that died. */
async function acquireLock(directory: string, whileWaiting: () => void): Promise<Disposable> {
  const lock = new DatabaseSync(join(directory, "dictionary.lock"), { timeout: 0 });
  for (;;) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return lock;
    } catch (error) {
      if (!isBusy(error)) {
        lock.close();
        throw error;
      }
    }
    whileWaiting();
    await sleep(lockPollMs);
  }
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
}
