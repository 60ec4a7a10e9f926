import { createRequire, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** What a plugin file may import wherever it lies: the plugin interface, and the schema library that the hub uses. */
const lent = new Set(["@palaver/plugin-api", "zod"]);
const scheme = "palaver-plugin:";
const tagName = "generation";
const fileSpecifier = /^\.{0,2}\/|^file:/;

interface Import {
  readonly specifier: string;
  readonly parentURL: string;
  onFile(path: string): void;
}

const commonJs = createRequire(import.meta.url).cache;
/** In which generation each file of plugins was resolved last: who calls `require` does not say its own. */
const newest = new Map<string, string>();
let generations = 0;
/** By generation; two of each module at most. */
const imports = new Map<string, Import>();

/**
 * Imports a module again, whatever was imported before: each import gets a number, which the resolver hands down to
 * the module's relative imports. What it imports by name (packages) is shared. Old generations stay in memory.
 * @param specifier a package's name or a file URL.
 * @param directory where a package is looked for first; after that, beside the hub.
 * @param onFile gets each of the module's own files when it is found: itself and its relative imports, those among
 * them that are not there and those that it imports later.
 */
export async function importAnew(
  specifier: string,
  directory: URL,
  onFile: (path: string) => void,
): Promise<Readonly<Record<string, unknown>>> {
  registerOnce();
  const generation = String(++generations);
  // Node keeps CommonJS by path alone.
  for (const [path, old] of newest) {
    if (imports.get(old)?.specifier === specifier) delete commonJs[path];
  }
  // One before this may still run, and import more.
  const earlier = Array.from(imports).filter(([, before]) => before.specifier === specifier);
  for (const [old] of earlier.slice(0, -1)) imports.delete(old);
  imports.set(generation, { specifier, parentURL: directory.href, onFile });
  return (await import(scheme + generation)) as Readonly<Record<string, unknown>>;
}

let isRegistered = false;

function registerOnce(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const wanted = specifier.startsWith(scheme) ? imports.get(specifier.slice(scheme.length)) : undefined;
      if (wanted) {
        const own = specifier.slice(scheme.length);
        note(wanted.specifier, wanted.parentURL, own);
        return tag(resolveEither(wanted.specifier, wanted.parentURL), own);
      }
      const generation = generationOf(context.parentURL);
      if (generation !== undefined && fileSpecifier.test(specifier)) {
        note(specifier, context.parentURL, generation);
        return tag(nextResolve(specifier, context), generation);
      }
      if (!lent.has(specifier)) return nextResolve(specifier, context);
      return resolveEither(specifier, context.parentURL);

      // Beside the file (or the configuration) first, then the hub's own copy.
      function resolveEither(name: string, parentURL: string | undefined) {
        try {
          return nextResolve(name, { ...context, parentURL });
        } catch (error) {
          if (name.startsWith("file:") || !isNotFound(error)) throw error;
          try {
            // For `require` the next resolver would look beside the same file again.
            return { url: import.meta.resolve(name), shortCircuit: true };
          } catch {
            throw error;
          }
        }
      }
    },
  });
}

/** Node's two ways to say that a module is not there: the second is that of `require`. */
export function isNotFound(error: unknown): boolean {
  return ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"].includes(String((error as NodeJS.ErrnoException).code));
}

/** A file as it is written: it may not be there yet, or be a link that will lead elsewhere. */
function note(specifier: string, parentURL: string | undefined, generation: string): void {
  if (!fileSpecifier.test(specifier)) return;
  const url = URL.parse(specifier, parentURL);
  if (url?.protocol === "file:") imports.get(generation)?.onFile(fileURLToPath(url));
}

function tag<Resolved extends { readonly url: string }>(resolved: Resolved, generation: string): Resolved {
  if (!resolved.url.startsWith("file:")) return resolved;
  const url = new URL(resolved.url);
  url.search = "";
  const path = fileURLToPath(url);
  imports.get(generation)?.onFile(path);
  newest.set(path, generation);
  url.searchParams.set(tagName, generation);
  return { ...resolved, url: url.href };
}

function generationOf(url: string | undefined): string | undefined {
  if (url?.startsWith("file:") !== true) return undefined;
  return new URL(url).searchParams.get(tagName) ?? newest.get(fileURLToPath(url));
}
