/** For importing a plugin, for checking its settings and for its setup: what takes longer it does after its setup. */
export const startMs = 60_000;

/** What was waited for took too long. */
export class TookTooLong extends Error {
  override readonly name = "TookTooLong";

  constructor(what: string, maxMs: number) {
    super(`${what} took longer than ${maxMs / 1000} s`);
  }
}

/**
 * Waits for a promise, but not for ever; the process lives at least as long.
 * @param onLate gets what came of it in the end, when nobody waits any more.
 * @throws {TookTooLong}
 */
export async function withLimit<Value>(
  work: Promise<Value>,
  maxMs: number,
  what: string,
  onLate?: (value: Value) => unknown,
): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new TookTooLong(what, maxMs));
    if (onLate) work.then(onLate).catch(() => {});
  }, maxMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
