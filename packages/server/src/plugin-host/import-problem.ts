import { fileURLToPath } from "node:url";
import { TookTooLong } from "./time-limit.ts";

/** Why a module cannot be imported, and what to do, in one line. */
export function explainImport(error: unknown, from: string, specifier: string, directory: string): string {
  if (error instanceof TookTooLong) {
    return `${from}: ${error.message}; at its top level, or that of a file it imports, let it wait for nothing: wait in setup`;
  }
  if (!(error instanceof Error)) return `${from} throws when it is loaded: ${String(error)}`;
  const { code, url } = error as NodeJS.ErrnoException & { readonly url?: string };
  const [message = ""] = error.message.split("\n", 1);
  const isFile = specifier.startsWith("file:");
  switch (code) {
    case "ERR_MODULE_NOT_FOUND":
    case "ERR_UNSUPPORTED_DIR_IMPORT": {
      if (isFile && isSame(url, specifier)) {
        return `there is no file ${fileURLToPath(specifier)}; write its path relative to the configuration`;
      }
      const missing = /'([^']+)'/.exec(message)?.[1] ?? "";
      if (!isFile && missing === specifier) {
        return `the package ${from} is not installed; run npm install ${from} in ${directory}`;
      }
      return `${from} imports ${missing}, which is not there; install it beside the plugin`;
    }
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return `${from} is TypeScript below node_modules, which Node does not run; a package brings JavaScript`;
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `${from} holds TypeScript that cannot be erased (${message}); do without enum, namespace and parameter properties`;
    default:
      return `${from} cannot be loaded: ${error.name}: ${message}${placeOf(error)}`;
  }
}

function isSame(url: string | undefined, specifier: string): boolean {
  return url !== undefined && url.split("?", 1)[0] === specifier;
}

/** A stack's first file of the author's, and its line; JavaScript's own syntax errors have none. */
function placeOf(error: Error): string {
  const place = /(?:^|[\s(])(?:file:\/\/)?(\/\S+?)(?:\?generation=\d+)?:(\d+)/m.exec(error.stack ?? "");
  return place ? ` (${place[1]}:${place[2]})` : "";
}
