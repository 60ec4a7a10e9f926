import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Storage } from "../capabilities.ts";

export interface TestStorage {
  /** The storage of one instance of the plugin; disposing closes what it opened on disk. */
  open(): Storage & Disposable;
  [Symbol.dispose](): void;
}

/**
 * @param isReal in files of the folder, as the hub has it; otherwise in memory, where it outlives a reload too.
 */
export function createTestStorage(folder: () => string, isReal: boolean): TestStorage {
  const inMemory = new Map<string, DatabaseSync>();
  return {
    open() {
      const opened = new Map<string, DatabaseSync>();
      const databases = isReal ? opened : inMemory;
      return {
        get directory() {
          return folder();
        },
        database(name) {
          const open = databases.get(name);
          if (open) return open;
          if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) throw new Error(`"${name}" is no name for a database`);
          const database = new DatabaseSync(isReal ? join(folder(), name) : ":memory:", { timeout: 5000 });
          database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
          databases.set(name, database);
          return database;
        },
        beforeSend: () => false,
        sha256() {
          const hash = createHash("sha256");
          return {
            update: async (bytes) => void hash.update(bytes),
            digest: () => hash.copy().digest(),
          };
        },
        [Symbol.dispose]() {
          for (const database of opened.values()) database.close();
        },
      };
    },
    [Symbol.dispose]() {
      for (const database of inMemory.values()) database.close();
    },
  };
}
