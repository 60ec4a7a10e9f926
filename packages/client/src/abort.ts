/** A promise that its owner settles, and that an abort rejects first. */
export interface Abortable<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** Creates one; `onAbort` hears of an abort that came before the end. */
export function abortable<T>(signal: AbortSignal | undefined, onAbort: () => void = () => {}): Abortable<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => {
    reject(signal?.reason);
    onAbort();
  };
  const settle = () => signal?.removeEventListener("abort", abort);
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return {
    promise,
    resolve(value) {
      settle();
      resolve(value);
    },
    reject(error) {
      settle();
      reject(error);
    },
  };
}
