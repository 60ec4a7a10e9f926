import { registerHooks } from "node:module";

/** What a plugin file may import wherever it lies: the plugin interface, and the schema library that the hub uses. */
const lent = new Set(["@palaver/plugin-api", "zod"]);

let isRegistered = false;

/**
 * Lets plugin files outside any project import the plugin interface: where Node finds no copy of its own beside the
 * file, it gets the hub's.
 */
export function lendAuthorModules(): void {
  if (isRegistered) return;
  isRegistered = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        if (!lent.has(specifier)) throw error;
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
