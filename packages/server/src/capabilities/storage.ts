import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Storage } from "@palaver/plugin-api";
import { createSha256 } from "@palaver/protocol";
import type { BeforeSend } from "./before-send.ts";

/**
 * A plugin's folder and databases; disposing closes the databases.
 * @param conclude runs what the plugin wants done before the hub sends, whatever became of the plugin since.
 * @param beforeSend absent where this thread does not know what is sent.
 * @throws {Error} when the folder cannot be made.
 */
export function createStorage(
  dataDir: string,
  plugin: string,
  conclude: (act: () => void) => void,
  beforeSend?: BeforeSend,
): Storage & Disposable {
  const directory = join(dataDir, "plugins", plugin);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(directory, cause);
  }
  const gone = beforeSend?.enter(directory);
  const databases = new Map<string, DatabaseSync>();
  let isOver = false;
  return {
    directory,
    sha256: createSha256,
    beforeSend: (act) => beforeSend?.add(directory, () => conclude(act)) ?? false,
    database(name) {
      // It would stay open: nobody closes it any more.
      if (isOver) throw new Error("the plugin was ended, and its storage with it");
      const open = databases.get(name);
      if (open) return open;
      if (!/^[a-z0-9][a-z0-9.-]*$/.test(name)) throw new Error(`"${name}" is no name for a database`);
      const path = join(directory, name);
      let database: DatabaseSync | undefined;
      try {
        database = new DatabaseSync(path, { timeout: 5000 });
        // In WAL mode, NORMAL keeps every committed row through a killed process; a power cut may cost the last ones.
        database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2000");
        databases.set(name, database);
        return database;
      } catch (cause) {
        database?.close();
        throw unusable(path, cause);
      }
    },
    [Symbol.dispose]() {
      isOver = true;
      beforeSend?.settle();
      gone?.();
      for (const database of databases.values()) database.close();
      databases.clear();
    },
  };
}

function unusable(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Error(`${path} cannot be used: ${reason}; see that its disk is not full and can be written`, {
    cause,
  });
}
