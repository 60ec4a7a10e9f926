import { registerHooks } from "node:module";

/** What a plugin and its test may import where Node finds no copy beside them: the hub lends its own. */
const lent = new Set(["@palaver/plugin-api", "@palaver/plugin-api/testing", "zod"]);

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (!lent.has(specifier)) return nextResolve(specifier, context);
    try {
      return nextResolve(specifier, context);
    } catch {
      return nextResolve(specifier, { ...context, parentURL: import.meta.url });
    }
  },
});
