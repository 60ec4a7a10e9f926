/**
 * Every error number that may cross the wire, and nothing else.
 *
 * The numbers are part of the protocol: append, never renumber.
 */
export const ERROR_NUMBERS = {
  NO_ERROR: 1,
  PROTOCOL: 2,
  VERSION: 3,
  AUTH: 4,
  FORBIDDEN: 5,
  RATE: 6,
  TOO_LARGE: 7,
  FLOW: 8,
  EXPIRED: 9,
  PLUGIN: 10,
  TIMEOUT: 11,
  SHUTDOWN: 12,
  IDLE: 13,
  BUSY: 14,
} as const;

/** The name of one error of the table. */
export type ErrorCode = keyof typeof ERROR_NUMBERS;

const NAMES = new Map<number, ErrorCode>(
  Object.entries(ERROR_NUMBERS).map(([name, number]) => [number, name as ErrorCode]),
);

/** Names an error number from the wire; a number we do not know reads as PROTOCOL, never as an exception. */
export function errorCodeOf(number: number): ErrorCode {
  return NAMES.get(number) ?? "PROTOCOL";
}

/** The one error class of palaver. The message may be shown to a peer, so it holds no path, stack or secret. */
export class PalaverError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "PalaverError";
    this.code = code;
  }
}
