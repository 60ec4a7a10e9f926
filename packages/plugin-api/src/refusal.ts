/** Why a call was refused, for programs; the message says it to people. */
export type RefusalCode =
  | "FORBIDDEN"
  | "INVALID"
  | "NOT_FOUND"
  | "BUSY"
  | "TOO_LARGE"
  | "TIMEOUT"
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
