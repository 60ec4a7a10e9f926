import { readFault, tryReadRefusal } from "../fault.ts";
import type { Failure } from "./protocol.ts";

/** What was thrown, as it can be sent to the other side. */
export function failureOf(thrown: unknown): Failure {
  const refusal = tryReadRefusal(thrown);
  return refusal ? { refusal } : { fault: readFault(thrown) };
}
