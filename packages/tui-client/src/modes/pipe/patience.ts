/** Notices when something awaited makes no progress for too long. */
export interface Patience extends Disposable {
  /** Awaits `promise`; the time starts again whenever anything awaited here settles. */
  wait<T>(promise: Promise<T>): Promise<T>;
}

/** Calls `onOut` once when nothing awaited has settled for `timeoutMs`. */
export function createPatience(timeoutMs: number, onOut: () => void): Patience {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  const restart = () => {
    clearTimeout(timer);
    timer = waiting > 0 ? setTimeout(onOut, timeoutMs) : undefined;
  };
  return {
    async wait(promise) {
      waiting++;
      if (waiting === 1) restart();
      try {
        return await promise;
      } finally {
        waiting--;
        restart();
      }
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      timer = undefined;
      waiting = 0;
    },
  };
}
