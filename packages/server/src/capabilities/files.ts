import { unwatchFile, watch, watchFile, type FSWatcher } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { Files } from "@palaver/plugin-api";

// Editors write a file in several steps; one callback for all of them.
const settleMs = 100;
const pollMs = 2000;

/** @param directory what relative paths are relative to. */
export function createFiles(directory: string): Files & Disposable {
  const watchers: FSWatcher[] = [];
  const polled: string[] = [];
  const timers = new Set<NodeJS.Timeout>();
  return {
    resolve: (path) => resolve(directory, path),
    watch(path, onChange) {
      const full = resolve(directory, path);
      let timer: NodeJS.Timeout | undefined;
      const changed = () => {
        if (timer) {
          clearTimeout(timer);
          timers.delete(timer);
        }
        timer = setTimeout(() => {
          if (timer) timers.delete(timer);
          onChange();
        }, settleMs);
        timers.add(timer);
      };
      // The folder is watched, not the file: a file replaced by a rename is another file.
      try {
        const watcher = watch(dirname(full), (_event, name) => {
          if (name === null || name === basename(full)) changed();
        });
        watcher.on("error", changed);
        watchers.push(watcher);
      } catch {
        // There is no folder to watch yet: look now and then whether the file is there.
        watchFile(full, { interval: pollMs }, changed);
        polled.push(full);
      }
    },
    [Symbol.dispose]() {
      for (const watcher of watchers) watcher.close();
      for (const path of polled) unwatchFile(path);
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
