import { cleanText, PalaverError } from "@palaver/protocol";
import { HubError } from "./connection.ts";

/** An error of the core or of the system as the application sees it. */
export function toHubError(error: unknown, code = "PROTOCOL"): HubError {
  if (error instanceof HubError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new HubError(error instanceof PalaverError ? error.code : code, message, { cause: error });
}

/** What the hub says no with; its words are cleaned. */
export function refusal(code: string, message: string | undefined): HubError {
  return new HubError(code, cleanText(message ?? "") || `the hub refused (${code})`);
}
