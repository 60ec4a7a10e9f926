import type { HubError } from "@palaver/client";
import { getSystemErrorMessage } from "node:util";
import type { Words } from "../i18n/words.ts";

/** What an error says, in words for the reader: in the language of `words`, where there is one. */
export function reasonOf(error: unknown, words?: Words): string {
  if (!(error instanceof Error)) return String(error);
  if (words === undefined) return error.message;
  if (isHubError(error)) {
    const { problem } = error;
    if (problem !== undefined) return (words.problems[problem.name] as Say)(...problem.args);
    return words.refused(error.code, error.message);
  }
  return words.systemError((error as NodeJS.ErrnoException).code ?? "", error.message);
}

/**
 * The same where the reader has named `file`: of the system's errors the words alone, with the path they are about when
 * that is another one.
 */
export function reasonOfFile(error: unknown, file: string, words?: Words): string {
  if (!isSystemError(error)) return reasonOf(error, words);
  const said = getSystemErrorMessage(error.errno);
  const reason = words?.systemError(error.code ?? "", said) ?? said;
  // Of two, the one that was to be made.
  const path = error.dest ?? error.path;
  return path === undefined || path === file ? reason : `${path}: ${reason}`;
}

type SystemError = NodeJS.ErrnoException & { readonly errno: number; readonly dest?: string };

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "errno" in error && typeof error.errno === "number";
}

type Say = (...args: readonly unknown[]) => string;

// By its name: whoever only wants a reason need not load the library.
function isHubError(error: Error): error is HubError {
  return error.name === "HubError" && "code" in error;
}
