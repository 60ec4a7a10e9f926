import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** What a plugin file may import wherever it lies: the plugin interface, and the schema library that the hub uses. */
const lent = new Set(["@palaver/plugin-api", "zod"]);
const scheme = "palaver-plugin:";
const tagName = "generation";

interface Import {
  readonly specifier: string;
  readonly parentURL: string;
  /** Every file of the plugin's own that was loaded so far. */
  readonly files: Set<string>;
}

let generations = 0;
const imports = new Map<string, Import>();

/**
 * Imports a module again, whatever was imported before: each import gets a number, which the resolver hands down to
 * the module's relative imports. What it imports by name (packages) is shared. Old generations stay in memory.
 * @param specifier a package's name or a file URL.
 * @param directory where a package is looked for first; after that, beside the hub.
 * @param onFiles gets the module's own files: itself and its relative imports, also when the import fails.
 */
export async function importAnew(
  specifier: string,
  directory: URL,
  onFiles: (files: readonly string[]) => void,
): Promise<Readonly<Record<string, unknown>>> {
  registerOnce();
  const generation = String(++generations);
  const files = new Set<string>();
  imports.set(generation, { specifier, parentURL: directory.href, files });
  try {
    return (await import(scheme + generation)) as Readonly<Record<string, unknown>>;
  } finally {
    imports.delete(generation);
    onFiles([...files]);
  }
}

let isRegistered = false;

function registerOnce(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const wanted = specifier.startsWith(scheme) ? imports.get(specifier.slice(scheme.length)) : undefined;
      if (wanted) {
        const resolved = resolveEither(wanted.specifier, wanted.parentURL);
        return tag(resolved, specifier.slice(scheme.length));
      }
      const generation = generationOf(context.parentURL);
      if (generation !== undefined && /^\.{0,2}\/|^file:/.test(specifier)) {
        return tag(nextResolve(specifier, context), generation);
      }
      if (!lent.has(specifier)) return nextResolve(specifier, context);
      return resolveEither(specifier, context.parentURL);

      // Beside the file (or the configuration) first, then the hub's own copy.
      function resolveEither(name: string, parentURL: string | undefined) {
        try {
          return nextResolve(name, { ...context, parentURL });
        } catch (error) {
          if (name.startsWith("file:") || (error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND")
            throw error;
          try {
            return nextResolve(name, { ...context, parentURL: import.meta.url });
          } catch {
            throw error;
          }
        }
      }
    },
  });
}

function tag<Resolved extends { readonly url: string }>(resolved: Resolved, generation: string): Resolved {
  if (!resolved.url.startsWith("file:")) return resolved;
  const url = new URL(resolved.url);
  url.search = "";
  imports.get(generation)?.files.add(fileURLToPath(url));
  url.searchParams.set(tagName, generation);
  return { ...resolved, url: url.href };
}

function generationOf(url: string | undefined): string | undefined {
  return url?.startsWith("file:") ? (new URL(url).searchParams.get(tagName) ?? undefined) : undefined;
}
