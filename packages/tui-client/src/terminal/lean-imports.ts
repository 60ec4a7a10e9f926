import { registerHooks } from "node:module";
import { extname } from "node:path";

/** Rows whose cells are kept, the oldest go first: some screens of them. Each takes 15 KB. */
const MAX_ROWS = 400;
/** Texts whose width is kept; the oldest go first. */
const MAX_WIDTHS = 5000;
const CACHED_STRING_WIDTH = new URL(`./cached-string-width${extname(import.meta.url)}`, import.meta.url).href;

/**
 * Makes Ink load and draw faster, and measure text as we do. Call it before Ink is imported. The bundle is made with the
 * same changes.
 */
export function leanImports(): void {
  registerHooks({
    resolve(specifier, context, next) {
      // Its own import is the real one.
      if (specifier === "string-width" && context.parentURL !== CACHED_STRING_WIDTH)
        return next(CACHED_STRING_WIDTH, context);
      // Ink uses one function of it; its index loads 415 modules.
      if (specifier !== "es-toolkit/compat") return next(specifier, context);
      try {
        // The module of that name has a default export only; the one behind it has the name that Ink imports.
        const { url } = next("es-toolkit/compat/throttle", context);
        return next(new URL("../dist/compat/function/throttle.mjs", url).href, context);
      } catch {
        // Another version may not have it: the index always works.
        return next(specifier, context);
      }
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (!isChanged(url) || !(loaded.source instanceof Uint8Array)) return loaded;
      return { ...loaded, source: leanSource(url, new TextDecoder().decode(loaded.source)) };
    },
  });
}

const OUTPUT = "/ink/build/output.js";
const YOGA = "/yoga-wasm-base64-esm.js";
const isChanged = (url: string) => url.endsWith(OUTPUT) || url.endsWith(YOGA);

/** A module as it should be loaded; as it is where there is nothing to change, or where another version looks different. */
export function leanSource(url: string, source: string): string {
  // To decode itself it calls `fetch`, for which Node loads a whole HTTP client; without one it decodes itself.
  if (url.endsWith(YOGA)) return `const fetch = undefined;\n${source}`;
  return url.endsWith(OUTPUT) ? keepCaches(source) : source;
}

const EACH_FRAME = "caches = new OutputCaches();";

/**
 * Ink takes the whole screen apart into cells for every frame, and remembers what it found out for that frame only. Most
 * rows are the same in the next one: with one set of caches for all frames it costs less than half.
 */
function keepCaches(source: string): string {
  if (!source.includes(EACH_FRAME)) return source;
  return `${source.replace(EACH_FRAME, "caches = kept;")}
class BoundedMap extends Map {
  constructor(max) {
    super();
    this.max = max;
  }
  set(key, value) {
    if (this.size >= this.max) this.delete(this.keys().next().value);
    return super.set(key, value);
  }
}
const kept = new OutputCaches();
kept.styledChars = new BoundedMap(${MAX_ROWS});
kept.widths = new BoundedMap(${MAX_WIDTHS});
kept.blockWidths = new BoundedMap(${MAX_WIDTHS});
`;
}
