/** Waits for a promise, but not for ever. @throws {Error} that names what took too long. */
export async function withLimit<Value>(work: Promise<Value>, maxMs: number, what: string): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${maxMs / 1000} s`)), maxMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
