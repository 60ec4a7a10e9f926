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

/** The same where the reader knows which file it is about: of the system's errors the words alone. */
export function reasonOfFile(error: unknown, words?: Words): string {
  if (!(error instanceof Error) || !("path" in error)) return reasonOf(error, words);
  if (!("errno" in error) || typeof error.errno !== "number") return reasonOf(error, words);
  const said = getSystemErrorMessage(error.errno);
  return words?.systemError((error as NodeJS.ErrnoException).code ?? "", said) ?? said;
}

type Say = (...args: readonly unknown[]) => string;

// By its name: whoever only wants a reason need not load the library.
function isHubError(error: Error): error is HubError {
  return error.name === "HubError" && "code" in error;
}
