import type { ProcessSpec } from "@palaver/plugin-api";

/** A sandbox that shows and lets through nothing beyond the system. */
export const closed = { network: false, readable: [], writable: [] };

/** A call of a program, with patience and a bound that no test comes near. */
export function spec(argv: ProcessSpec["argv"], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    argv,
    env: { PATH: "/usr/bin:/bin" },
    timeoutMs: 20_000,
    maxOutputBytes: 65_536,
    signal: new AbortController().signal,
    ...more,
  };
}
