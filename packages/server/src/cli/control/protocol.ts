/** One line of JSON each way on the control socket. */
export interface ControlRequest {
  readonly command: "status" | "reload" | "refresh" | "stop";
}

export type ControlReply =
  | { readonly ok: true; readonly pid: number; readonly status?: unknown }
  | { readonly ok: false; readonly error: string; readonly exitCode: number };

const commands: readonly ControlRequest["command"][] = ["status", "reload", "refresh", "stop"];

export const maxRequestBytes = 4096;
/** A status lists plugins and listeners; more is not one. */
export const maxReplyBytes = 1024 * 1024;

export function tryParseRequest(line: string): ControlRequest | undefined {
  try {
    const { command } = JSON.parse(line) as Partial<ControlRequest>;
    return commands.find((known) => known === command) && { command: command! };
  } catch {
    return undefined;
  }
}
