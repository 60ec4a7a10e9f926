/** Why a call was refused, for programs; the message says it to people. */
export type RefusalCode =
  /** Not for this caller: a role, a right or a name is missing. */
  | "FORBIDDEN"
  /** The arguments are wrong; the message says what is. */
  | "INVALID"
  /** There is no such command, person, room, message, job or file. */
  | "NOT_FOUND"
  /** Too much at once, or too often; later it may work. */
  | "BUSY"
  /** Beyond a bound, which the message names. */
  | "TOO_LARGE"
  /** It took longer than it may. */
  | "TIMEOUT"
  /** The address is not proven yet: the hub asks for it, and does the rest afterwards. */
  | "UNPROVEN";

const mark = Symbol.for("palaver.refusal");

/**
 * A plugin's "no" to a caller. The message is shown as it is, so it says what was refused and what to do;
 * it is no fault of the plugin. Anything else that a plugin throws is a fault, and its message stays in the log.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;

  constructor(message: string, code: RefusalCode = "FORBIDDEN", options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, mark, { value: true });
  }

  /** True also for a refusal made by another copy of this module. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && mark in value;
  }
}
