import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { createFiles } from "../capabilities/files.ts";
import type { Config } from "../config/config.ts";
import type { RunningHub } from "../hub.ts";
import type { Reload } from "./reload.ts";

const lookMs = 500;

/**
 * Loads a plugin again when one of its files changes, and everything when the configuration does. The log says what
 * came of it. For development: each generation of a plugin's code stays in memory.
 */
export function watchFiles(hub: RunningHub, { file, directory }: Config, reload: Reload): Disposable {
  const files = createFiles(directory);
  // Every file that was ever imported, once for each plugin that did.
  const watched = new Set<string>();
  const watch = (path: string, plugin?: string) => {
    const key = `${plugin} ${path}`;
    if (watched.has(key)) return;
    watched.add(key);
    files.watch(path, () => void changed(plugin));
    // A folder above it that is a link may be made to lead elsewhere.
    const above = dirname(path);
    if (above !== path) watchLinks(above, plugin);
  };
  const watchLinks = (folder: string, plugin?: string) => {
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return watch(folder, plugin);
    const above = dirname(folder);
    if (above !== folder) watchLinks(above, plugin);
  };
  const watchAll = () => {
    if (file !== undefined) watch(file);
    for (const [plugin, own] of hub.pluginFiles()) {
      for (const path of own) if (!path.includes("/node_modules/")) watch(path, plugin);
    }
  };
  const changed = async (plugin?: string) => {
    try {
      await reload(plugin);
    } catch {
      // The log has it, and the old generation stays.
    }
  };
  watchAll();
  // A plugin may import more as it runs, and another generation something else.
  const look = setInterval(watchAll, lookMs).unref();
  return {
    [Symbol.dispose]() {
      clearInterval(look);
      files[Symbol.dispose]();
    },
  };
}
