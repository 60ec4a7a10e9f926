import { registerHooks } from "node:module";

/**
 * Ink uses one function of `es-toolkit/compat`, whose index loads 415 modules: 100 of the 240 ms that Ink takes to load.
 * Call it before Ink is imported.
 */
export function leanImports(): void {
  registerHooks({
    resolve(specifier, context, next) {
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
  });
}
