import { registerHooks } from "node:module";
import { extname } from "node:path";

const CACHED_STRING_WIDTH = new URL(`./cached-string-width${extname(import.meta.url)}`, import.meta.url).href;
/** The name by which Ink's changed module imports `rows-output`. */
export const ROWS_OUTPUT = "palaver:rows-output";

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
      if (specifier === ROWS_OUTPUT)
        return next(new URL(`./rows-output${extname(import.meta.url)}`, import.meta.url).href, context);
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
const STRING_WIDTH = "/string-width/index.js";
const isChanged = (url: string) => [OUTPUT, YOGA, STRING_WIDTH].some((end) => url.endsWith(end));

/** A module as it should be loaded; as it is where there is nothing to change, or where another version looks different. */
export function leanSource(url: string, source: string): string {
  // To decode itself it calls `fetch`, for which Node loads a whole HTTP client; without one it decodes itself.
  if (url.endsWith(YOGA)) return `const fetch = undefined;\n${source}`;
  if (url.endsWith(STRING_WIDTH)) return prepareLater(source);
  return url.endsWith(OUTPUT) ? drawRows(source) : source;
}

/** What knows all emoji takes V8 25 ms to make, 25 more to read where it is a literal, and most texts have none. */
function prepareLater(source: string): string {
  return source
    .replace(
      "const segmenter = new Intl.Segmenter();",
      "let made; const segmenter = { segment: (text) => (made ??= new Intl.Segmenter()).segment(text) };",
    )
    .replace(
      /const rgiEmojiRegex = \/(.*)\/v;/,
      'let emoji; const rgiEmojiRegex = { test: (text) => (emoji ??= new RegExp(String.raw`$1`, "v")).test(text) };',
    );
}

const CLASS = "export default class Output {";

/** Ink takes the whole screen apart into cells for every frame; rows that are put together of texts cost a tenth of it. */
function drawRows(source: string): string {
  if (!source.includes(CLASS)) return source;
  return `import { withRows } from "${ROWS_OUTPUT}";
${source.replace(CLASS, "class Output {")}
export default withRows(Output);
`;
}
