/** A day; setTimeout wraps around after 24.8 of them. */
const MAX_TIMEOUT_MS = 86_400_000;

/** Parses `5`, `5s` or `500ms` to milliseconds. Throws with a reason for the reader. */
export function parseTimeoutMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text);
  const timeoutMs = match === null ? 0 : Math.round(Number(match[1]) * (match[2] === "ms" ? 1 : 1000));
  if (timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS) {
    throw new Error(`"${text}" is not a time; write 5, 5s or 500ms, up to a day`);
  }
  return timeoutMs;
}
