/**
 * Milliseconds since 1970 by the clock of the process, which nobody sets: for bans and mutes, which end when their time
 * is over. The clock of the machine may jump by hours; what is shown and kept has its time.
 */
export function steadyNow(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

/** For what goes when it is old: the earlier of both clocks, so that neither drops anything too soon. */
export function cautiousNow(): number {
  return Math.min(Date.now(), steadyNow());
}
