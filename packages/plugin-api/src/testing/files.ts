import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Files } from "../capabilities.ts";

export interface TestFiles {
  /** The files of one instance of the plugin; disposing ends its watching. */
  open(): Files & Disposable;
  /** Writes an operator's file and tells who watches it. */
  write(path: string, text: string): void;
}

/** Files in the folder; they are real, only the watching is not, so that a test need not wait for it. */
export function createTestFiles(folder: () => string): TestFiles {
  const watchers = new Set<{ readonly path: string; readonly onChange: () => void }>();
  const full = (path: string) => resolve(folder(), path);
  return {
    open() {
      const own = new Set<{ readonly path: string; readonly onChange: () => void }>();
      return {
        resolve: full,
        watch(path, onChange) {
          const watcher = { path: full(path), onChange };
          watchers.add(watcher);
          own.add(watcher);
        },
        [Symbol.dispose]() {
          for (const watcher of own) watchers.delete(watcher);
        },
      };
    },
    write(path, text) {
      mkdirSync(dirname(full(path)), { recursive: true });
      writeFileSync(full(path), text);
      for (const watcher of watchers) if (watcher.path === full(path)) watcher.onChange();
    },
  };
}
