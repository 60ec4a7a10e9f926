/** Milliseconds that only grow: a clock that is set changes nothing. */
export function nowMs(): number {
  return performance.now();
}
