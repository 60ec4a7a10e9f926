/**
 * Reads items one by one, until `signal` aborts. What it returns is asked again only when it has answered.
 * @throws the signal's reason
 */
export function untilAborted<T>(
  items: AsyncIterator<T>,
  signal: AbortSignal,
): () => Promise<IteratorResult<T>> {
  let giveUp: ((reason: unknown) => void) | undefined;
  // One listener for all items: there are thousands.
  signal.addEventListener("abort", () => giveUp?.(signal.reason), { once: true });
  return () =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      giveUp = reject;
      items.next().then(resolve, reject);
    });
}
