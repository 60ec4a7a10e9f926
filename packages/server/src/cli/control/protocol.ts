/** One line of JSON each way on the control socket. */
export interface ControlRequest {
  readonly command: "status" | "reload" | "refresh" | "stop";
  /** Of `reload`: the one plugin that is loaded again. */
  readonly plugin?: string;
}

export type ControlReply =
  | { readonly ok: true; readonly pid: number; readonly status?: unknown; readonly notice?: string }
  | { readonly ok: false; readonly error: string; readonly exitCode: number };

const commands: readonly ControlRequest["command"][] = ["status", "reload", "refresh", "stop"];

export const maxRequestBytes = 4096;
/** A status lists plugins and listeners; more is not one. */
export const maxReplyBytes = 1024 * 1024;

export function tryParseRequest(line: string): ControlRequest | undefined {
  try {
    const { command, plugin } = JSON.parse(line) as Partial<ControlRequest>;
    const known = commands.find((name) => name === command);
    return known && { command: known, ...(typeof plugin === "string" && { plugin }) };
  } catch {
    return undefined;
  }
}
