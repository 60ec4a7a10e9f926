import { cleanText, PalaverError } from "@palaver/protocol";
import { HubError } from "./connection.ts";
import { PROBLEMS, type Problem, type Problems } from "./problems.ts";

/** An error of the core or of the system as the application sees it. */
export function toHubError(error: unknown, code = "PROTOCOL"): HubError {
  if (error instanceof HubError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HubError(error instanceof PalaverError ? error.code : code, message, { cause: error });
}

/** What the hub says no with; its words are cleaned. */
export function refusal(code: string, message: string | undefined): HubError {
  const said = cleanText(message ?? "");
  return said === "" ? problem(code, "refused", code) : new HubError(code, said);
}

/** An error of this library's own. */
export function problem<Name extends keyof Problems>(
  code: string,
  name: Name,
  ...args: Parameters<Problems[Name]>
): HubError {
  const say = PROBLEMS[name] as (...given: Parameters<Problems[Name]>) => string;
  return new HubError(code, say(...args), { problem: { name, args } as unknown as Problem });
}
