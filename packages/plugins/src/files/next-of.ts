/** The next item, unless `signal` aborts first. @throws the signal's reason */
export async function nextOf<T>(items: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T>> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([items.next(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
