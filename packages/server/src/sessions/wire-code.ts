import { ERROR_NUMBERS, type ErrorCode } from "@palaver/protocol";

// What plugins and the router say, in the words of the wire's one table of errors.
const codes: Readonly<Record<string, ErrorCode>> = {
  INVALID: "PROTOCOL",
  NOT_FOUND: "FORBIDDEN",
  UNKNOWN: "FORBIDDEN",
  UNPROVEN: "FORBIDDEN",
};

export function wireCodeOf(code: string): ErrorCode {
  return codes[code] ?? (code in ERROR_NUMBERS ? (code as ErrorCode) : "PLUGIN");
}
