/** How palaverd ends. */
export const exitCodes = {
  /** Asked to stop and did. */
  done: 0,
  fault: 1,
  usage: 2,
  configuration: 3,
  bind: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with one line on standard error. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.fault, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
