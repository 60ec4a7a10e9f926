import { realpathSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Plugin, Schema } from "@palaver/plugin-api";
import { show, suggest } from "../config/describe-issue.ts";
import { importAnew } from "./author-modules.ts";
import { explainImport } from "./import-problem.ts";
import { startMs, withLimit } from "./time-limit.ts";

/** The version of the plugin interface that this hub speaks. */
const hubApi = 1;
// These are the hub's own code: another generation of it comes with another hub.
const shippedPrefix = "@palaver/plugins/";

/** What a definition may have. */
const definitionParts: Readonly<Record<keyof Plugin, true>> = {
  name: true,
  api: true,
  config: true,
  needs: true,
  isolate: true,
  setup: true,
};

/** Which module, as the configuration names it. */
export interface Wanted {
  /** The table of the configuration that it stands in. */
  readonly name: string;
  readonly from: string;
  /** What relative paths are relative to, and where packages are looked for. */
  readonly directory: string;
  /** The names of all configured plugins. */
  readonly taken: readonly string[];
}

/** Why a module is no plugin for this hub: what was refused and what to do, without the place. */
export class LoadRefusal extends Error {
  override readonly name = "LoadRefusal";
}

/**
 * Imports a plugin, anew each time, and checks that it is one.
 * @param onFile gets each file that it consists of when it is found, also when it is refused.
 * @throws {LoadRefusal}
 */
export async function loadPlugin(wanted: Wanted, onFile: (path: string) => void = () => {}): Promise<Plugin> {
  const { from, directory } = wanted;
  const isFile = from.startsWith(".") || isAbsolute(from);
  const file = resolve(directory, from);
  if (isFile) onFile(file);
  const specifier = isFile ? pathToFileURL(withoutLinks(file)).href : from;
  let last: string | undefined;
  const found = (path: string) => onFile((last = path));
  let loaded: { readonly default?: unknown };
  try {
    loaded = from.startsWith(shippedPrefix)
      ? ((await import(specifier)) as { default?: unknown })
      : await withLimit(
          importAnew(specifier, pathToFileURL(`${directory}/`), found),
          startMs,
          "importing it",
        );
  } catch (error) {
    throw new LoadRefusal(explainImport(error, { from, specifier, directory, last }), { cause: error });
  }
  return checkPlugin(definitionOf(loaded.default), wanted);
}

/** What TypeScript makes of `export default` in CommonJS stands one level deeper. */
function definitionOf(value: unknown): unknown {
  const { __esModule: isCompiled, default: own } = (value ?? {}) as { readonly [key: string]: unknown };
  return isCompiled === true ? own : value;
}

/** Where a path leads now: Node's own loader remembers where its links led once. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function checkPlugin(value: unknown, { name, from, taken }: Wanted): Plugin {
  const plugin = value as Partial<Plugin> | null | undefined;
  if (typeof plugin !== "object" || plugin === null || typeof plugin.setup !== "function") {
    throw new LoadRefusal(
      `${from} is no plugin; it must export one by default: export default definePlugin({ … })`,
    );
  }
  const unknown = Object.keys(plugin).find((key) => !Object.hasOwn(definitionParts, key));
  if (unknown !== undefined) {
    const remedy = suggest(unknown, Object.keys(definitionParts));
    throw new LoadRefusal(
      `${from} defines ${JSON.stringify(unknown)}, which is no part of a plugin; ${remedy}`,
    );
  }
  const { api, name: own, isolate, config } = plugin as { readonly [Part in keyof Plugin]?: unknown };
  if (typeof api !== "number")
    throw new LoadRefusal(`${from} has no number as its api; write api: ${hubApi}`);
  if (api !== hubApi) {
    throw new LoadRefusal(
      `${from} is written for plugin interface ${api}, this hub speaks ${hubApi}; use a version for ${hubApi}`,
    );
  }
  if (typeof own !== "string") throw new LoadRefusal(`${from} has no name; write name: "${name}"`);
  if (own !== name) {
    const remedy = taken.includes(own)
      ? "another plugin has that name; give it one of its own"
      : `configure it as [plugins.${own}]`;
    throw new LoadRefusal(`${from} names itself ${JSON.stringify(own)}; ${remedy}`);
  }
  if (plugin.needs !== undefined && !Array.isArray(plugin.needs)) {
    throw new LoadRefusal(`${from} has needs that are no list; write needs: ["storage"]`);
  }
  if (isolate !== undefined && isolate !== "worker") {
    throw new LoadRefusal(`${from} has isolate: ${show(isolate)}; write isolate: "worker", or leave it out`);
  }
  const { validate } = (config as Schema | undefined)?.["~standard"] ?? {};
  if (config !== undefined && typeof validate !== "function") {
    throw new LoadRefusal(`${from} has a config that is no schema; write config: z.strictObject({ … })`);
  }
  return plugin as Plugin;
}
