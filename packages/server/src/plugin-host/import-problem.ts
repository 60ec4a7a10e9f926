import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isNotFound } from "./author-modules.ts";
import { TookTooLong } from "./time-limit.ts";

/** What was to be imported. */
export interface Attempt {
  /** As the configuration names it. */
  readonly from: string;
  /** What Node was asked for: a file's URL, or `from`. */
  readonly specifier: string;
  readonly directory: string;
  /** The file of the plugin's own that was found last. */
  readonly last: string | undefined;
}

/** Why a module cannot be imported, and what to do, in one line. */
export function explainImport(error: unknown, attempt: Attempt): string {
  const { from, specifier, last } = attempt;
  if (error instanceof TookTooLong) {
    return `${from}: ${error.message}; at its top level, or that of a file it imports, let it wait for nothing: wait in setup`;
  }
  if (!(error instanceof Error)) return `${from} throws when it is loaded: ${String(error)}`;
  const { code, path } = error as NodeJS.ErrnoException;
  const [message = ""] = error.message.split("\n", 1);
  if (isNotFound(error) || code === "ERR_UNSUPPORTED_DIR_IMPORT") return explainMissing(error, attempt);
  switch (code) {
    case "ENOENT":
      // It was there before, and Node remembers that. Other files are the plugin's own business.
      if (specifier.startsWith("file:") && path === fileURLToPath(specifier)) return noFile(path);
      break;
    case "ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING":
      return `${from} is TypeScript below node_modules, which Node does not run; a package brings JavaScript`;
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `${from} holds TypeScript that cannot be erased (${message})${placeOf(error, last)}; do without enum, namespace and parameter properties`;
  }
  return `${from} cannot be loaded: ${error.name}: ${message}${placeOf(error, last)}`;
}

const noFile = (path: string) => `there is no file ${path}; write its path relative to the configuration`;

function explainMissing(error: Error, { from, specifier, directory }: Attempt): string {
  const { code, url, requireStack } = error as NodeJS.ErrnoException & {
    readonly url?: string;
    readonly requireStack?: readonly string[];
  };
  if (specifier.startsWith("file:") && url?.split("?", 1)[0] === specifier) {
    const path = fileURLToPath(specifier);
    if (code !== "ERR_UNSUPPORTED_DIR_IMPORT" && !isFolder(path)) return noFile(path);
    return `${path} is a folder; write which file in it is the plugin`;
  }
  const missing = /'([^']+)'/.exec(error.message)?.[1] ?? "";
  if (from === missing || from.startsWith(`${missing}/`)) {
    if (/\.[cm]?[jt]sx?$/.test(from) || existsSync(resolve(directory, from))) {
      return from.startsWith("~")
        ? `${from}: ~ stands for no folder here; write the whole path`
        : `${from} is read as the name of a package; for the file write "./${from}"`;
    }
    return `the package ${missing} is not installed; run npm install ${missing} in ${directory}`;
  }
  // Whose import it is, since that may be a file that the plugin imports.
  const importer = / imported from (.+)$/m.exec(error.message)?.[1] ?? requireStack?.[0] ?? from;
  const remedy =
    isAbsolute(missing) || /^[./]/.test(missing) ? "mend its path" : "install it beside the plugin";
  return `${importer} imports ${missing}, which is not there; ${remedy}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** A stack's first file of the author's, and its line; JavaScript's own syntax errors have none, only a file. */
function placeOf(error: Error, last: string | undefined): string {
  const place = /(?:^|[\s(])(?:file:\/\/)?(\/\S+?)(?:\?generation=\d+)?:(\d+)/m.exec(error.stack ?? "");
  if (place) return ` (${place[1]}:${place[2]})`;
  if (!(error instanceof SyntaxError) || last === undefined || error.message.includes(last)) return "";
  return ` (${last}; node --check shows the line)`;
}
