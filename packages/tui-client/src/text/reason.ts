/** What an error says, in words for the reader. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
