/**
 * Every error number that may cross the wire, and nothing else.
 *
 * The numbers are part of the protocol: append, never renumber. Each says what it means, and behind the arrow what to do.
 */
export const ERROR_NUMBERS = {
  /** One side is done. → Nothing. */
  NO_ERROR: 1,
  /**
   * What was sent is malformed, or the command refuses its arguments. → Write it as the message says; a
   * program that sends malformed frames has a fault.
   */
  PROTOCOL: 2,
  /** Client and hub have no version of the protocol in common. → Upgrade the older one. */
  VERSION: 3,
  /**
   * The hub has another key than the one known. → Ask its operator whether the key was changed before you
   * accept the new one.
   */
  AUTH: 4,
  /**
   * There is no such command, a role or right is missing, or the name or room is not to be had. → Ask an
   * operator for the role, or take another name.
   */
  FORBIDDEN: 5,
  /** Too often, and trying again at once is of no use. → Wait. */
  RATE: 6,
  /** A text, a file or an argument is beyond its bound. → Send it in parts, or make it smaller. */
  TOO_LARGE: 7,
  /**
   * More was sent than the other side had room for, or answers were not read. → Read what comes; a program
   * that sends beyond its credit has a fault.
   */
  FLOW: 8,
  /**
   * It is not known whether a request from before a break was carried out; or a session has used its packet
   * numbers up. → Look at what is there before you send the request again.
   */
  EXPIRED: 9,
  /** The plugin failed. → Ask an operator; the hub's log says why. */
  PLUGIN: 10,
  /**
   * The command took longer than it may, or was ended; for a handshake, the hub did not answer. → Try again;
   * give the command more time in its settings.
   */
  TIMEOUT: 11,
  /** The hub stops. → Wait; clients come back by themselves. */
  SHUTDOWN: 12,
  /** Nothing was heard for the idle timeout. → Look at the network; clients come back by themselves. */
  IDLE: 13,
  /**
   * Too many calls, rooms, sessions or users at once, or too often; or the place is needed. → Try again
   * later.
   */
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
