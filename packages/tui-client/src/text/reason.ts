import { getSystemErrorMessage } from "node:util";

/** What an error says, in words for the reader. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same where the reader knows which file it is about: of the system's errors the words alone. */
export function reasonOfFile(error: unknown): string {
  const isSystemError = error instanceof Error && "errno" in error && typeof error.errno === "number";
  return isSystemError && "path" in error ? getSystemErrorMessage(error.errno as number) : reasonOf(error);
}
