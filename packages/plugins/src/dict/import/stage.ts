import type { DatabaseSync } from "node:sqlite";

export type DictionaryName = "ecdict" | "cedict";

/**
 * One step of the import. It can be cut at any moment: what it has written is committed together with its
 * position, and it goes on from there.
 */
export interface Stage {
  readonly name: string;
  readonly dictionary: DictionaryName;
  /** Of the data; a change starts the stage again. */
  readonly version: string;
  /** Its part of the whole work; only their proportion counts. */
  readonly weight: number;
  /** Empties its tables before it starts at 0. */
  clear?(database: DatabaseSync): void;
  /** Writes rows from `position` on, and tells after each batch how far it came. */
  run(
    database: DatabaseSync,
    position: number,
  ): AsyncIterable<{ readonly position: number; readonly fraction: number }>;
}
