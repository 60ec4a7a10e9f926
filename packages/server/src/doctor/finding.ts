/** What one look at the machine, the configuration or the data found. */
export interface Finding {
  readonly check: string;
  /** A `warning` leaves a hub that works less well, a `failure` one that does not start or loses something. */
  readonly state: "ok" | "warning" | "failure";
  readonly found: string;
  /** What to do about it; undefined when it is ok. */
  readonly remedy: string | undefined;
}

export function ok(check: string, found: string): Finding {
  return { check, state: "ok", found, remedy: undefined };
}

export function warning(check: string, found: string, remedy: string): Finding {
  return { check, state: "warning", found, remedy };
}

export function failure(check: string, found: string, remedy: string): Finding {
  return { check, state: "failure", found, remedy };
}
