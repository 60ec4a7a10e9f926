import process from "node:process";

/** The signals that palaverd answers. */
export interface Signals {
  /** Aborts with the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly stop: AbortSignal;
  /** Called on SIGHUP; until it is set, SIGHUP does nothing. */
  onHangup: (() => void) | undefined;
  /** Gives the signals their ordinary meaning back, for commands that are no hub. */
  restore(): void;
}

/** Listens from now on, so that a signal during start-up counts too. */
export function listenToSignals(): Signals {
  const stop = new AbortController();
  const onStop = () => {
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  };
  const onHangup = () => signals.onHangup?.();
  process.on("SIGINT", onStop).on("SIGTERM", onStop).on("SIGHUP", onHangup);
  const signals: Signals = {
    stop: stop.signal,
    onHangup: undefined,
    restore() {
      process.off("SIGINT", onStop).off("SIGTERM", onStop).off("SIGHUP", onHangup);
      if (stop.signal.aborted) process.exit(1);
    },
  };
  return signals;
}
