import { mkdirSync, watch, type FSWatcher } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Files, Log, PluginContext, Storage } from "@palaver/plugin-api";
import { expect } from "vitest";

export interface Logged {
  readonly level: "info" | "warn" | "error" | "progress";
  readonly message: string;
  readonly fields?: unknown;
}

/** A plugin's context with real folders: `folder` holds the operator's files, `folder/data` is the plugin's own. */
export interface TestContext<C> extends Disposable {
  readonly context: PluginContext<C, "storage" | "files">;
  readonly logged: Logged[];
  /** Resolves when a line of the log matches. */
  waitForLog(matches: (line: Logged) => boolean): Promise<Logged>;
}

export function createTestContext<C>(folder: string, config: C): TestContext<C> {
  const logged: Logged[] = [];
  const waiting = new Set<() => void>();
  const push = (level: Logged["level"]) => (message: string, fields?: unknown) => {
    logged.push({ level, message, fields });
    for (const check of waiting) check();
  };
  const log: Log = {
    info: push("info"),
    warn: push("warn"),
    error: push("error"),
    progress: push("progress"),
  };
  const abort = new AbortController();
  const databases = new Map<string, DatabaseSync>();
  const watchers: FSWatcher[] = [];
  const directory = join(folder, "data");
  mkdirSync(directory, { recursive: true });

  const storage: Storage = {
    directory,
    database(name) {
      const database = databases.get(name) ?? new DatabaseSync(join(directory, `${name}.db`));
      databases.set(name, database);
      return database;
    },
    beforeSend: () => false,
    sha256: () => expect.unreachable(),
  };
  const files: Files = {
    resolve: (path) => resolve(folder, path),
    watch(path, onChange) {
      watchers.push(watch(dirname(path), (_event, name) => name === basename(path) && onChange()));
    },
  };
  return {
    context: { config, log, signal: abort.signal, storage, files },
    logged,
    waitForLog(matches) {
      const { promise, resolve: found } = Promise.withResolvers<Logged>();
      const check = () => {
        const line = logged.find(matches);
        if (line) found(line);
      };
      waiting.add(check);
      check();
      return promise.finally(() => waiting.delete(check));
    },
    [Symbol.dispose]() {
      abort.abort();
      for (const watcher of watchers) watcher.close();
      for (const database of databases.values()) database.close();
    },
  };
}
